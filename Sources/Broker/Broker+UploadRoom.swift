internal import BuildScheduling
internal import DockerEngine
internal import Glibc
internal import Synchronization

/// Complete uploads that nobody builds make room for archives that arrive.
extension Broker {
  /// Milliseconds that a thread waits for the loop's decision, which takes none unless the loop has ended.
  private static let decisionLimitMs: Int32 = 10_000

  /// Lets uploads go for an archive that lacks so many bytes on disk. Blocks; for threads that store archives.
  ///
  /// - Returns: whether any went.
  nonisolated func makeRoom(lacking bytes: Int64) -> Bool {
    let decided: Interrupt
    do throws(EngineError) { decided = try Interrupt() } catch { return false }
    let decision = Decision()
    onLoop { broker in
      let actions = broker.uploadTable.roomRanShort(by: bytes)
      broker.perform(actions)
      decision.madeRoom.store(!actions.isEmpty, ordering: .releasing)
      decided.fire()
    }
    let end = ContinuousClock.now + .milliseconds(Int(Self.decisionLimitMs))
    var entry = pollfd(fd: decided.descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&entry, 1, Self.decisionLimitMs) < 0, errno == EINTR, ContinuousClock.now < end {}
    return decision.madeRoom.load(ordering: .acquiring)
  }
}

private final class Decision: Sendable {
  let madeRoom = Atomic(false)
}
