package import JSON

/// `build.push`: pushes tags of a build that has ended well, and answers when that is done.
package enum BuildPush: ProtocolMethod {
  package static let name = "build.push"

  package struct Params: MethodParams, Equatable {
    package var buildID: String
    /// Some of the build's; nil: all.
    package var tags: [String]?
    package var registryAuth: [RegistryAuth]

    package init(buildID: String, tags: [String]? = nil, registryAuth: [RegistryAuth] = []) {
      self.buildID = buildID
      self.tags = tags
      self.registryAuth = registryAuth
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      buildID = try reader.requiredString("buildId")
      tags = try reader.strings("tags")
      registryAuth = try reader.list("registryAuth") ?? []
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("buildId", buildID)
      if let tags { members.put("tags", tags) }
      if !registryAuth.isEmpty { members.put("registryAuth", registryAuth) }
      return members
    }

    package var isLongRunning: Bool { true }
  }

  package struct Result: WireObject, Equatable {
    package var tags: [BuildResult.Tag]

    package init(tags: [BuildResult.Tag]) { self.tags = tags }

    package init(from reader: inout ObjectReader) throws(ShapeError) { tags = try reader.list("tags") ?? [] }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("tags", tags)
      return members
    }
  }
}
