package import JSON
package import JSONRPC

/// What a broker tells of itself in the file `broker.json` beside its socket, for those who want to know before they
/// connect. A broker that was killed leaves the file: only a connection shows that one is there.
package struct BrokerAnnouncement: WireObject, Equatable {
  package static let fileName = "broker.json"
  /// Value of the member `protocol`.
  package static let protocolName = "swiftdock"

  package var protocolVersions: [Int]
  /// Absolute path.
  package var socket: String
  /// The broker answers in that of the client.
  package var framings: [Framing]
  package var pid: Int
  package var instanceID: String
  package var version: String
  package var startedAtMs: Int

  package init(
    protocolVersions: [Int], socket: String, framings: [Framing], pid: Int, instanceID: String, version: String,
    startedAtMs: Int
  ) {
    self.protocolVersions = protocolVersions
    self.socket = socket
    self.framings = framings
    self.pid = pid
    self.instanceID = instanceID
    self.version = version
    self.startedAtMs = startedAtMs
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    guard try reader.requiredString("protocol") == Self.protocolName else {
      throw ShapeError(path: reader.pointer("protocol"), expected: "\"\(Self.protocolName)\"")
    }
    protocolVersions = try reader.integers("protocolVersions") ?? []
    socket = try reader.requiredString("socket")
    framings = try reader.words("framings") ?? []
    pid = try reader.requiredInteger("pid")
    instanceID = try reader.requiredString("instanceId")
    version = try reader.requiredString("version")
    startedAtMs = try reader.requiredInteger("startedAtMs")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("protocol", Self.protocolName)
    members.put("protocolVersions", protocolVersions)
    members.put("socket", socket)
    members.put("framings", framings.map(\.rawValue))
    members.put("pid", pid)
    members.put("instanceId", instanceID)
    members.put("version", version)
    members.put("startedAtMs", startedAtMs)
    return members
  }
}
