package import JSON

/// `build.wait`: answers when the build has ended, or the time is over.
package enum BuildWait: ProtocolMethod {
  package static let name = "build.wait"

  package struct Params: MethodParams, Equatable {
    package var buildID: String
    /// nil: no limit.
    package var timeoutMs: Int?

    package init(buildID: String, timeoutMs: Int? = nil) {
      self.buildID = buildID
      self.timeoutMs = timeoutMs
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      buildID = try reader.requiredString("buildId")
      timeoutMs = try reader.integer("timeoutMs")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("buildId", buildID)
      members.put("timeoutMs", timeoutMs)
      return members
    }

    package var isLongRunning: Bool { true }
  }

  /// The build, with `timedOut` beside its members where it has not ended.
  package struct Result: WireObject, Equatable {
    package var build: Build
    package var timedOut: Bool

    package init(build: Build, timedOut: Bool = false) {
      self.build = build
      self.timedOut = timedOut
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      build = try Build(from: &reader)
      timedOut = try reader.bool("timedOut") ?? false
    }

    package var members: JSONObject {
      var members = build.members
      if timedOut { members.put("timedOut", true) }
      return members
    }
  }
}
