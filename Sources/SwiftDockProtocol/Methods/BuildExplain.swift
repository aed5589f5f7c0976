package import JSON

/// `build.explain`: why a build was not a repeat of an earlier one.
package enum BuildExplain: ProtocolMethod {
  package static let name = "build.explain"

  package struct Params: MethodParams, Equatable {
    package var buildID: String
    /// Compared with; nil: the build before of the same path and Dockerfile.
    package var against: String?

    package init(buildID: String, against: String? = nil) {
      self.buildID = buildID
      self.against = against
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      buildID = try reader.requiredString("buildId")
      against = try reader.string("against", bytes: 1...ObjectReader.stringLimit)
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("buildId", buildID)
      members.put("against", against)
      return members
    }

    package var isLongRunning: Bool { true }
  }
}
