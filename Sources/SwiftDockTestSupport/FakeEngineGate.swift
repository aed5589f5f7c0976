internal import CLinux
internal import Glibc

/// Something that one side waits for and the other makes happen, once: between a test and the handlers of a
/// `FakeEngine`.
package final class FakeEngineGate: Sendable {
  /// Milliseconds after which a wait fails, so that a broken test ends.
  package static let guardTime: Int32 = 20_000

  /// Readable once open.
  let descriptor: Int32

  package init() throws(FakeEngineFailure) {
    descriptor = cl_eventfd()
    guard descriptor >= 0 else { throw .system(call: "eventfd", errno: errno) }
  }

  deinit { close(descriptor) }

  package func open() { cl_eventfd_signal(descriptor) }

  package var isOpen: Bool { (try? wait(milliseconds: 0)) != nil }

  /// For the test's side; handlers use `FakeEngineExchange.wait(for:)`.
  /// - Throws: `FakeEngineFailure.waitedTooLong`.
  package func wait(milliseconds: Int32 = guardTime) throws(FakeEngineFailure) {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      switch poll(&entry, 1, milliseconds) {
      case 1...: return
      case 0: throw .waitedTooLong
      default: if errno != EINTR { throw .system(call: "poll", errno: errno) }
      }
    }
  }
}
