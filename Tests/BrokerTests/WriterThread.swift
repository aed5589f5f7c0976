import EventLoop
import SwiftDockTestSupport
import Testing

/// Sends on a client's connection what does not fit into the kernel's buffers, while the test reads.
final class WriterThread: Sendable {
  private let ended: FakeEngineGate

  init(_ client: WireClient, _ text: String) throws {
    ended = try FakeEngineGate()
    let send = client.sender
    let isRunning = startDetachedThread { [ended] in
      send(Array(text.utf8))
      ended.open()
    }
    try #require(isRunning)
  }

  func join() { _ = try? ended.wait() }
}
