package import JSON

/// `logs.subscribe`: the log from a number or from its last lines on, then what is added to it.
package enum LogsSubscribe: ProtocolMethod {
  package static let name = "logs.subscribe"

  package struct Params: MethodParams, Equatable {
    package var buildID: String
    /// First wanted event, from 1, which it is where `tail` is nil, too. Not to be given beside `tail`.
    package var from: Int?
    /// Starts with the so manyth last event of kind `log`, whatever `kinds` are wanted; 0: with what is to come.
    package var tail: Int?
    /// nil: all of them.
    package var kinds: [LogEvent.Kind]?
    /// Whether to go on after the last event that is there now.
    package var follow: Bool
    package var ansi: ANSIMode
    /// Whether `build.progress` is sent, too.
    package var progress: Bool

    package init(
      buildID: String, from: Int? = nil, tail: Int? = nil, kinds: [LogEvent.Kind]? = nil, follow: Bool = true,
      ansi: ANSIMode = .strip, progress: Bool = false
    ) {
      self.buildID = buildID
      self.from = from
      self.tail = tail
      self.kinds = kinds
      self.follow = follow
      self.ansi = ansi
      self.progress = progress
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      buildID = try reader.requiredString("buildId")
      from = try reader.integer("from", in: 1...ObjectReader.integers.upperBound)
      tail = try reader.integer("tail")
      guard from == nil || tail == nil else {
        throw ShapeError(path: reader.path, expected: "either from or tail")
      }
      kinds = try LogEvent.Kind.chosen(&reader)
      follow = try reader.bool("follow") ?? true
      ansi = try reader.word("ansi") ?? .strip
      progress = try reader.bool("progress") ?? false
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("buildId", buildID)
      members.put("from", from)
      members.put("tail", tail)
      if let kinds { members.put("kinds", kinds.map(\.rawValue)) }
      members.put("follow", follow)
      members.put("ansi", word: ansi)
      if progress { members.put("progress", true) }
      return members
    }

    package var isLongRunning: Bool { true }
  }

  package struct Result: WireObject, Equatable {
    package var subscriptionID: String
    /// Where the subscription starts.
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
