package import JSON

/// `initialize`: optional, at most once. A connection that skips it speaks version 1 with no opt-ins.
package enum Initialize: ProtocolMethod {
  package static let name = "initialize"

  package struct Params: MethodParams, Equatable {
    /// Bytes of a capability's name: those that are missing are named in the answer.
    package static let capabilityLimit = 128

    package var protocolVersions: [Int]
    package var client: Client?
    /// Capability names without which the client does not want to go on.
    package var require: [String]
    /// Capability names that the client would use.
    package var want: [String]

    package init(protocolVersions: [Int] = [1], client: Client? = nil, require: [String] = [], want: [String] = []) {
      self.protocolVersions = protocolVersions
      self.client = client
      self.require = require
      self.want = want
    }

    /// Members that are unknown are let pass: LSP libraries send their own.
    package init(from reader: inout ObjectReader) throws(ShapeError) {
      reader.ignoreUnknown()
      protocolVersions = try reader.integers("protocolVersions") ?? [1]
      client = try reader.object("client")
      require = try reader.strings("require", bytes: 1...Self.capabilityLimit) ?? []
      want = try reader.strings("want", bytes: 1...Self.capabilityLimit) ?? []
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("protocolVersions", protocolVersions)
      members.put("client", client)
      members.put("require", require)
      members.put("want", want)
      return members
    }
  }

  package struct Client: WireObject, Equatable {
    package var name: String
    package var version: String?

    package init(name: String, version: String? = nil) {
      self.name = name
      self.version = version
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      reader.ignoreUnknown()
      name = try reader.requiredString("name")
      version = try reader.string("version")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("name", name)
      members.put("version", version)
      return members
    }
  }
}
