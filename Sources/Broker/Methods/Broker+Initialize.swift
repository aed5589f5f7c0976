internal import EventLoop
internal import Glibc
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// Names of what this broker can do beyond what every broker of protocol version 1 can. Only ever added to.
  static let capabilities = [
    "context.path", "context.fd", "context.upload", "context.digest", "context.explain", "logs.read", "logs.ansi",
    "logs.tail",
    "logs.kinds", "events", "build.detach", "build.clientToken", "build.supersedes", "build.explain",
    "build.diagnostics",
    "broker.config", "broker.shutdown", "rpc.discover",
  ]

  func initialize(_ params: Initialize.Params, _ call: Call) throws(RPCError) -> Answer<Initialize.Result> {
    guard !call.session.isInitialized else {
      throw RPCError(.invalidRequest, "This connection is initialized already.")
    }
    guard params.protocolVersions.contains(where: ProductVersion.protocols.contains) else {
      throw RPCError(
        .protocolVersionUnsupported, "This broker speaks protocol version 1.",
        detail: ["supported": .array(ProductVersion.protocols.map { .integer(Int64($0)) })])
    }
    let lacking = params.require.filter { !Self.capabilities.contains($0) }
    guard lacking.isEmpty else {
      throw RPCError(
        .capabilityMissing, "This broker cannot do: \(lacking.joined(separator: ", ")).",
        detail: ["missing": .array(lacking.map(JSONValue.string))])
    }
    call.session.isInitialized = true
    let peer = call.session.peer
    return .now(
      Initialize.Result(
        protocolVersion: 1,
        broker: Initialize.BrokerInfo(
          version: ProductVersion.text, instanceID: instanceID, pid: Int(getpid()), uid: Int(geteuid()),
          startedAtMs: startedAtMs, binaryReplaced: executable.wasReplaced),
        capabilities: Self.capabilities, missing: params.want.filter { !Self.capabilities.contains($0) },
        limits: settings.limits, framing: call.session.decoder.framing ?? .line,
        peer: Initialize.Peer(
          uid: Int(peer.uid), gid: Int(peer.gid), pid: Int(peer.pid),
          role: peer.uid == geteuid() ? .owner : .admin),
        engine: engine.state, docs: "Protocol/README.md"))
  }
}
