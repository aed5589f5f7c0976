package import JSON

/// `events.subscribe`: what is now, then each change. Not numbered: after a reconnect the new snapshot is the resume.
package enum EventsSubscribe: ProtocolMethod {
  package static let name = "events.subscribe"

  package struct Params: MethodParams, Equatable {
    /// At least one.
    package var topics: [EventTopic]
    /// Of the builds.
    package var scope: BuildList.Scope

    package init(topics: [EventTopic], scope: BuildList.Scope = .mine) {
      self.topics = topics
      self.scope = scope
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      topics = try reader.words("topics") ?? []
      scope = try reader.word("scope") ?? .mine
      guard !topics.isEmpty else {
        let words = EventTopic.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        throw ShapeError(path: reader.pointer("topics"), expected: "at least one of \(words)")
      }
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("topics", topics.map(\.rawValue))
      members.put("scope", word: scope)
      return members
    }

    package var isLongRunning: Bool { true }
  }

  package struct Snapshot: WireObject, Equatable {
    /// Those that have not ended, the oldest first.
    package var builds: [Build]
    /// Whether builds are missing because the answer would be too long; `build.list` has them.
    package var truncated: Bool
    package var engine: EngineState
    package var broker: BrokerState

    package init(builds: [Build], truncated: Bool = false, engine: EngineState, broker: BrokerState) {
      self.builds = builds
      self.truncated = truncated
      self.engine = engine
      self.broker = broker
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      builds = try reader.list("builds") ?? []
      truncated = try reader.bool("truncated") ?? false
      engine = try reader.requiredObject("engine")
      broker = try reader.requiredObject("broker")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("builds", builds)
      if truncated { members.put("truncated", true) }
      members.put("engine", engine)
      members.put("broker", broker)
      return members
    }
  }

  package struct Result: WireObject, Equatable {
    package var subscriptionID: String
    package var snapshot: Snapshot

    package init(subscriptionID: String, snapshot: Snapshot) {
      self.subscriptionID = subscriptionID
      self.snapshot = snapshot
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      subscriptionID = try reader.requiredString("subscriptionId")
      snapshot = try reader.requiredObject("snapshot")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("subscriptionId", subscriptionID)
      members.put("snapshot", snapshot)
      return members
    }
  }
}
