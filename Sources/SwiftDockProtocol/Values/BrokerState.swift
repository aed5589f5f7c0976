package import JSON

/// Whether the broker takes builds, and which broker it is.
package struct BrokerState: WireObject, Equatable {
  package enum State: String, CaseIterable, Sendable {
    case serving
    /// New builds are refused, because it is about to stop.
    case draining
  }

  package var state: State
  package var version: String
  /// Another one after every start.
  package var instanceID: String
  /// Whether the file it was started from is another one now.
  package var binaryReplaced: Bool

  package init(state: State, version: String, instanceID: String, binaryReplaced: Bool) {
    self.state = state
    self.version = version
    self.instanceID = instanceID
    self.binaryReplaced = binaryReplaced
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    state = try reader.requiredWord("state")
    version = try reader.requiredString("version")
    instanceID = try reader.requiredString("instanceId")
    binaryReplaced = try reader.requiredBool("binaryReplaced")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("state", word: state)
    members.put("version", version)
    members.put("instanceId", instanceID)
    members.put("binaryReplaced", binaryReplaced)
    return members
  }
}
