import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

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
