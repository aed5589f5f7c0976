internal import CLinux
internal import Glibc
internal import Synchronization

/// Tells a thread that is blocked in a conversation with the Engine to stop waiting. Once fired it stays fired.
///
/// Fired from any thread; every wait of this library polls it together with its socket.
package final class Interrupt: Sendable {
  /// An eventfd(2) that becomes readable when fired, to be polled. Owned; closed with the object.
  package let descriptor: Int32
  private let fired = Atomic<Bool>(false)

  /// - Throws: `EngineError.system` where no descriptor can be had.
  package init() throws(EngineError) {
    let descriptor = cl_eventfd()
    guard descriptor >= 0 else { throw .system(call: "eventfd", errno: errno) }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  package var isFired: Bool { fired.load(ordering: .acquiring) }

  package func fire() {
    guard !fired.exchange(true, ordering: .acquiringAndReleasing) else { return }
    // The counter is zero before this, the only write, so that it cannot be full (eventfd(2)).
    _ = cl_eventfd_signal(descriptor)
  }
}
