internal import BuildLog
internal import BuildScheduling
internal import Glibc
internal import JSON
internal import SwiftDockProtocol

extension Broker {
  func ping(_ params: BrokerPing.Params) -> BrokerPing.Result {
    BrokerPing.Result(echo: params.echo ?? .null, timeMs: wallClockMs())
  }

  func status() -> BrokerStatus.Result {
    let counts = table.counts
    let (seconds, attoseconds) = (ContinuousClock.now - startedAt).components
    return BrokerStatus.Result(
      version: ProductVersion.text, protocolVersions: ProductVersion.protocols, instanceID: instanceID,
      pid: Int(getpid()),
      uptimeMs: Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000), draining: isDraining,
      binaryReplaced: executable.wasReplaced, connections: sessions.count,
      subscriptions: sessions.values.reduce(0) { $0 + $1.subscriptionCount },
      builds: BrokerStatus.Builds(receiving: counts.receiving, queued: counts.queued, running: counts.running),
      spoolBytes: Int(spools.used + manifests.used) + executions.values.reduce(0) { $0 + $1.log.bytes },
      ignoredNotifications: ignoredNotifications, engine: engine.state)
  }
}
