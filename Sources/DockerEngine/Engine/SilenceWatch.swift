/// Tells a stream that has nothing to say from an Engine that has gone: after some silence it asks on another
/// connection.
struct SilenceWatch {
  private let client: EngineClient
  private let interrupt: Interrupt?
  private var failedPings = 0
  /// When to ask next.
  private(set) var next: SuspendingClock.Instant

  init(_ client: EngineClient, interrupt: Interrupt?) {
    self.client = client
    self.interrupt = interrupt
    next = .now.advanced(by: client.timeouts.probe)
  }

  /// The stream gave a sign of life.
  mutating func heard() {
    failedPings = 0
    next = .now.advanced(by: client.timeouts.probe)
  }

  /// Blocks for at most the time a ping may take.
  /// - Throws: `EngineError.timedOut` when enough pings in a row have failed, `EngineError.interrupted`.
  mutating func ask() throws(EngineError) {
    do throws(EngineError) {
      // The answer of another Engine says nothing about this one.
      guard !client.isReplaced else { throw EngineError.lost }
      _ = try client.ping(within: client.timeouts.ping, interrupt: interrupt)
      failedPings = 0
    } catch {
      switch error {
      case .interrupted: throw .interrupted
      case .refused: failedPings = 0  // It answers.
      default:
        failedPings += 1
        if failedPings >= client.timeouts.failedPings { throw .timedOut }
      }
    }
    next = .now.advanced(by: client.timeouts.probe)
  }
}
