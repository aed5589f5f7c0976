import EventLoop
import SwiftDockTestSupport
import Testing

/// Sends on a client's connection what does not fit into the kernel's buffers, while the test reads.
final class WriterThread: Sendable {
  private let ended: FakeEngineGate

  convenience init(_ client: WireClient, _ text: String) throws { try self.init(client, Array(text.utf8)) }

  init(_ client: WireClient, _ bytes: [UInt8]) throws {
    ended = try FakeEngineGate()
    let send = client.sender
    let isRunning = startDetachedThread { [ended] in
      send(bytes)
      ended.open()
    }
    try #require(isRunning)
  }

  func join() { _ = try? ended.wait() }
}
