package import JSON

/// `build.get`
package enum BuildGet: ProtocolMethod {
  package static let name = "build.get"
  package typealias Result = Build

  package struct Params: MethodParams, Equatable {
    package var buildID: String

    package init(buildID: String) { self.buildID = buildID }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      buildID = try reader.requiredString("buildId")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("buildId", buildID)
      return members
    }
  }
}
