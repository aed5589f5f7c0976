package import JSON
package import JSONRPC

/// `build.accepted`: the first thing a `build` with `wait` and `events` sends.
package struct BuildAccepted: ProtocolNotification, Equatable {
  package static let name = "build.accepted"

  /// The id of the `build` request.
  package var requestID: RPCID
  package var buildID: String
  package var subscriptionID: String

  package init(requestID: RPCID, buildID: String, subscriptionID: String) {
    self.requestID = requestID
    self.buildID = buildID
    self.subscriptionID = subscriptionID
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    requestID = try reader.requiredID("requestId")
    buildID = try reader.requiredString("buildId")
    subscriptionID = try reader.requiredString("subscriptionId")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members["requestId"] = requestID.json
    members.put("buildId", buildID)
    members.put("subscriptionId", subscriptionID)
    return members
  }
}
