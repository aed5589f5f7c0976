package import JSON

/// `logs.read`: the log for clients that cannot take notifications.
package enum LogsRead: ProtocolMethod {
  package static let name = "logs.read"
  package static let bytesLimit = 1 << 20
  package static let defaultBytes = 65_536
  package static let waitLimitMs = 30_000

  package struct Params: MethodParams, Equatable {
    package var buildID: String
    /// First wanted event, from 1.
    package var from: Int
    /// Of encoded events; one event comes even where it is longer.
    package var maxBytes: Int
    /// nil: all of them.
    package var kinds: [LogEvent.Kind]?
    package var ansi: ANSIMode
    /// How long to wait for an event where there is none.
    package var waitMs: Int

    package init(
      buildID: String, from: Int, maxBytes: Int = defaultBytes, kinds: [LogEvent.Kind]? = nil,
      ansi: ANSIMode = .strip, waitMs: Int = 0
    ) {
      self.buildID = buildID
      self.from = from
      self.maxBytes = maxBytes
      self.kinds = kinds
      self.ansi = ansi
      self.waitMs = waitMs
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      buildID = try reader.requiredString("buildId")
      from = try reader.requiredInteger("from", in: 1...ObjectReader.integers.upperBound)
      maxBytes = try reader.integer("maxBytes", in: 1...bytesLimit) ?? defaultBytes
      kinds = try LogEvent.Kind.chosen(&reader)
      ansi = try reader.word("ansi") ?? .strip
      waitMs = try reader.integer("waitMs", in: 0...waitLimitMs) ?? 0
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("buildId", buildID)
      members.put("from", from)
      members.put("maxBytes", maxBytes)
      if let kinds { members.put("kinds", kinds.map(\.rawValue)) }
      members.put("ansi", word: ansi)
      members.put("waitMs", waitMs)
      return members
    }

    package var isLongRunning: Bool { waitMs > 0 }
  }

  package struct Result: WireObject, Equatable {
    /// May be empty before the end of the log, where none of those that were looked at is wanted.
    package var events: [LogEvent]
    package var nextSeq: Int
    /// Whether there will be no more after these.
    package var end: Bool
    /// Of the build.
    package var state: BuildState

    package init(events: [LogEvent], nextSeq: Int, end: Bool, state: BuildState) {
      self.events = events
      self.nextSeq = nextSeq
      self.end = end
      self.state = state
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      events = try reader.list("events") ?? []
      nextSeq = try reader.requiredInteger("nextSeq")
      end = try reader.requiredBool("end")
      state = try reader.requiredWord("state")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("events", events)
      members.put("nextSeq", nextSeq)
      members.put("end", end)
      members.put("state", word: state)
      return members
    }
  }
}
