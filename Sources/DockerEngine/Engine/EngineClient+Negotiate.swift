extension EngineClient {
  /// Finds out which Engine answers at `socketPath` and agrees on a version. To be done again on every new connection to
  /// an Engine that may have been restarted: another one may answer.
  /// - Throws: `EngineError.versionUnsupported` where no version suits both sides.
  package static func negotiate(
    socketPath: String, timeouts: EngineTimeouts = EngineTimeouts(), interrupt: Interrupt? = nil
  ) throws(EngineError) -> EngineClient {
    let unknown = EngineIdentity(product: .docker, serverVersion: "", apiVersion: .newestKnown)
    var client = EngineClient(socketPath: socketPath, identity: unknown, timeouts: timeouts)
    client.timeouts.answer = timeouts.negotiation
    // Before the first word: a socket that is replaced meanwhile has to count as replaced.
    client.socketFile = SocketFile(at: socketPath)
    let ping = try client.ping(interrupt: interrupt)
    let version = try client.version(interrupt: interrupt)
    let highest = ping.apiVersion ?? version.apiVersion
    guard highest >= .oldestUsable else {
      throw .versionUnsupported(api: "\(highest)", minimum: "\(APIVersion.oldestUsable)")
    }
    if let minimum = version.minimumAPIVersion, minimum > .newestKnown, ping.product == .docker {
      throw .versionUnsupported(api: "\(APIVersion.newestKnown)", minimum: "\(minimum)")
    }
    var identity = EngineIdentity(
      product: ping.product, serverVersion: version.version.isEmpty ? ping.serverVersion : version.version,
      apiVersion: min(highest, .newestKnown))
    client.identity = identity
    let info = try client.info(interrupt: interrupt)
    // Podman makes up another one for each answer.
    if identity.product == .docker { identity.id = info.id }
    identity.usesContainerdStore = info.usesContainerdStore
    identity.rootDirectory = info.rootDirectory
    identity.platform = info.platform
    client.identity = identity
    client.timeouts = timeouts
    return client
  }
}
