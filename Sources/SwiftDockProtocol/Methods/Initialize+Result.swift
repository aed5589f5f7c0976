package import JSON
package import JSONRPC

extension Initialize {
  package struct Result: WireObject, Equatable {
    package var protocolVersion: Int
    package var broker: BrokerInfo
    package var capabilities: [String]
    /// Of the capabilities that the client wants.
    package var missing: [String]
    package var limits: Limits
    package var framing: Framing
    package var peer: Peer
    package var engine: EngineState
    /// Where the protocol is described.
    package var docs: String

    package init(
      protocolVersion: Int, broker: BrokerInfo, capabilities: [String], missing: [String], limits: Limits,
      framing: Framing, peer: Peer, engine: EngineState, docs: String
    ) {
      self.protocolVersion = protocolVersion
      self.broker = broker
      self.capabilities = capabilities
      self.missing = missing
      self.limits = limits
      self.framing = framing
      self.peer = peer
      self.engine = engine
      self.docs = docs
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      protocolVersion = try reader.requiredInteger("protocolVersion")
      broker = try reader.requiredObject("broker")
      capabilities = try reader.strings("capabilities") ?? []
      missing = try reader.strings("missing") ?? []
      limits = try reader.requiredObject("limits")
      framing = try reader.requiredWord("framing")
      peer = try reader.requiredObject("peer")
      engine = try reader.requiredObject("engine")
      docs = try reader.requiredString("docs")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("protocolVersion", protocolVersion)
      members.put("broker", broker)
      members.put("capabilities", capabilities)
      members.put("missing", missing)
      members.put("limits", limits)
      members.put("framing", word: framing)
      members.put("peer", peer)
      members.put("engine", engine)
      members.put("docs", docs)
      return members
    }
  }

  package struct BrokerInfo: WireObject, Equatable {
    package var name: String
    package var version: String
    /// Another one after every start.
    package var instanceID: String
    package var pid: Int
    package var uid: Int
    package var startedAtMs: Int
    /// Whether the file it was started from is another one now.
    package var binaryReplaced: Bool

    package init(
      name: String = "swiftdockd", version: String, instanceID: String, pid: Int, uid: Int, startedAtMs: Int,
      binaryReplaced: Bool
    ) {
      self.name = name
      self.version = version
      self.instanceID = instanceID
      self.pid = pid
      self.uid = uid
      self.startedAtMs = startedAtMs
      self.binaryReplaced = binaryReplaced
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      name = try reader.requiredString("name")
      version = try reader.requiredString("version")
      instanceID = try reader.requiredString("instanceId")
      pid = try reader.requiredInteger("pid")
      uid = try reader.requiredInteger("uid")
      startedAtMs = try reader.requiredInteger("startedAtMs")
      binaryReplaced = try reader.requiredBool("binaryReplaced")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("name", name)
      members.put("version", version)
      members.put("instanceId", instanceID)
      members.put("pid", pid)
      members.put("uid", uid)
      members.put("startedAtMs", startedAtMs)
      members.put("binaryReplaced", binaryReplaced)
      return members
    }
  }

  /// Whom the broker takes the client for.
  package struct Peer: WireObject, Equatable {
    package enum Role: String, CaseIterable, Sendable {
      /// The broker runs as this user.
      case owner
      case user, admin
    }

    package var uid: Int
    package var gid: Int
    package var pid: Int
    package var role: Role

    package init(uid: Int, gid: Int, pid: Int, role: Role) {
      self.uid = uid
      self.gid = gid
      self.pid = pid
      self.role = role
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      uid = try reader.requiredInteger("uid")
      gid = try reader.requiredInteger("gid")
      pid = try reader.requiredInteger("pid")
      role = try reader.requiredWord("role")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("uid", uid)
      members.put("gid", gid)
      members.put("pid", pid)
      members.put("role", word: role)
      return members
    }
  }
}
