package import JSON

/// `logs.event`: the next events of a subscription, in order; never without any.
///
/// Events that a subscription does not want are passed over in silence: the next message that has one, or `logs.end`, has
/// the `nextSeq` behind them. Whoever reconnects from an earlier one is not sent them either.
package struct LogsEvent: ProtocolNotification, Equatable {
  package static let name = "logs.event"

  package var subscriptionID: String
  package var buildID: String
  package var events: [LogEvent]
  /// What to pass as `from` after a reconnect.
  package var nextSeq: Int

  package init(subscriptionID: String, buildID: String, events: [LogEvent], nextSeq: Int) {
    self.subscriptionID = subscriptionID
    self.buildID = buildID
    self.events = events
    self.nextSeq = nextSeq
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    subscriptionID = try reader.requiredString("subscriptionId")
    buildID = try reader.requiredString("buildId")
    events = try reader.list("events") ?? []
    nextSeq = try reader.requiredInteger("nextSeq")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("subscriptionId", subscriptionID)
    members.put("buildId", buildID)
    members.put("events", events)
    members.put("nextSeq", nextSeq)
    return members
  }
}
