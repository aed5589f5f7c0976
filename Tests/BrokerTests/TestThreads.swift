import EventLoop
import JSON
import SwiftDockTestSupport
import Synchronization
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

/// A build that runs in the Engine until the gate is opened.
final class FakeGate {
  private let fixture: BrokerFixture
  private let gate: FakeEngineGate
  let begun: FakeEngineGate

  init(_ fixture: BrokerFixture) throws {
    self.fixture = fixture
    gate = try FakeEngineGate()
    begun = try FakeEngineGate()
    fixture.engine.buildsUntil(gate, begun: begun)
  }

  func open() { gate.open() }

  /// Its id, once the Engine builds it.
  func startBuild(_ client: WireClient, _ more: JSONObject = JSONObject()) throws -> String {
    var params: JSONObject = ["context": .string(try fixture.context())]
    for member in more.members { params[member.name] = member.value }
    let id = try client.call("build", params).text("buildId")
    try begun.wait()
    return id
  }
}

final class Counter: Sendable {
  private let count = Atomic(0)
  /// 1 for the first.
  func next() -> Int { count.add(1, ordering: .relaxed).newValue }
  var value: Int { count.load(ordering: .relaxed) }
}
