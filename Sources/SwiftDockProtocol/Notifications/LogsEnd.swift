package import JSON

/// `logs.end`: the last message of a subscription.
package struct LogsEnd: ProtocolNotification, Equatable {
  package static let name = "logs.end"

  package enum Reason: String, CaseIterable, Sendable {
    case finished
    /// This build was cancelled or timed out while the execution goes on for others.
    case left
    case unsubscribed, shutdown, expired, revoked
  }

  package var subscriptionID: String
  package var buildID: String
  package var nextSeq: Int
  package var reason: Reason
  package var state: BuildState

  package init(subscriptionID: String, buildID: String, nextSeq: Int, reason: Reason, state: BuildState) {
    self.subscriptionID = subscriptionID
    self.buildID = buildID
    self.nextSeq = nextSeq
    self.reason = reason
    self.state = state
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    subscriptionID = try reader.requiredString("subscriptionId")
    buildID = try reader.requiredString("buildId")
    nextSeq = try reader.requiredInteger("nextSeq")
    reason = try reader.requiredWord("reason")
    state = try reader.requiredWord("state")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("subscriptionId", subscriptionID)
    members.put("buildId", buildID)
    members.put("nextSeq", nextSeq)
    members.put("reason", word: reason)
    members.put("state", word: state)
    return members
  }
}
