package import JSON

/// `logs.subscribe`: the log from a number on, then what is added to it.
package enum LogsSubscribe: ProtocolMethod {
  package static let name = "logs.subscribe"

  package struct Params: MethodParams, Equatable {
    package var buildID: String
    /// First wanted event, from 1.
    package var from: Int
    /// Whether to go on after the last event that is there now.
    package var follow: Bool
    package var ansi: ANSIMode
    /// Whether `build.progress` is sent, too.
    package var progress: Bool

    package init(
      buildID: String, from: Int = 1, follow: Bool = true, ansi: ANSIMode = .strip, progress: Bool = false
    ) {
      self.buildID = buildID
      self.from = from
      self.follow = follow
      self.ansi = ansi
      self.progress = progress
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      buildID = try reader.requiredString("buildId")
      from = try reader.integer("from", in: 1...ObjectReader.integers.upperBound) ?? 1
      follow = try reader.bool("follow") ?? true
      ansi = try reader.word("ansi") ?? .strip
      progress = try reader.bool("progress") ?? false
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("buildId", buildID)
      members.put("from", from)
      members.put("follow", follow)
      members.put("ansi", word: ansi)
      if progress { members.put("progress", true) }
      return members
    }

    package var isLongRunning: Bool { true }
  }

  package struct Result: WireObject, Equatable {
    package var subscriptionID: String
    package var nextSeq: Int
    /// First event that is still there; 1 while there is no log.
    package var earliestSeq: Int
    /// 0 while there is none.
    package var lastSeq: Int
    package var state: BuildState

    package init(subscriptionID: String, nextSeq: Int, earliestSeq: Int, lastSeq: Int, state: BuildState) {
      self.subscriptionID = subscriptionID
      self.nextSeq = nextSeq
      self.earliestSeq = earliestSeq
      self.lastSeq = lastSeq
      self.state = state
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      subscriptionID = try reader.requiredString("subscriptionId")
      nextSeq = try reader.requiredInteger("nextSeq")
      earliestSeq = try reader.requiredInteger("earliestSeq")
      lastSeq = try reader.requiredInteger("lastSeq")
      state = try reader.requiredWord("state")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("subscriptionId", subscriptionID)
      members.put("nextSeq", nextSeq)
      members.put("earliestSeq", earliestSeq)
      members.put("lastSeq", lastSeq)
      members.put("state", word: state)
      return members
    }
  }
}
