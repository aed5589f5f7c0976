import BuildLog
import BuildScheduling
import Glibc
import JSON
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

struct ShutdownTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  @Test func withoutBuildsTheBrokerEndsAtOnceAndTakesItsSocketAlong() throws {
    let client = try fixture.connect()
    _ = try client.call("broker.ping")
    try fixture.shutDown().wait()
    #expect(try client.readToEnd() == [])
    #expect(access(fixture.socketPath, F_OK) != 0)
  }

  @Test func drainingRefusesNewBuildsAndLetsTheOthersEnd() throws {
    let gate = try FakeGate(fixture)
    let client = try fixture.connect()
    let waiting = try client.request("build", ["context": .string(try fixture.context()), "wait": true])
    try gate.begun.wait()
    let other = try fixture.connect()
    _ = try other.call("broker.ping")
    let idle = try fixture.shutDown()
    try fixture.waitUntil { $0.isDraining }
    #expect(try other.call("broker.status")["draining"] == true)
    let refused = try other.error("build", ["context": .string(try fixture.context())])
    #expect(refused.code == 1005)
    #expect(refused["data"]?["retryable"] == true)
    #expect(access(fixture.socketPath, F_OK) != 0)
    #expect(!idle.isOpen)
    gate.open()
    let transcript = Transcript(messages: try client.readToEnd())
    transcript.expectWholeLog()
    #expect(transcript.ends.map { $0.text("reason") } == ["finished"])
    #expect(transcript.kinds.suffix(2) == ["logs.end", "answer"])
    #expect(transcript.answers.first?["id"] == .integer(waiting))
    #expect(transcript.answers.first?["result"]?["state"] == "succeeded")
    try idle.wait()
  }

  @Test func cancellingADrainCancelsWhatRuns() throws {
    let gate = try FakeGate(fixture)
    let clients = try (1...2).map { _ in try fixture.connect() }
    for client in clients { try client.request("build", ["context": .string(try fixture.context()), "wait": true]) }
    try fixture.waitUntil { $0.executions.values.contains { $0.builds.count == 2 } }
    try gate.begun.wait()
    let idle = try fixture.shutDown()
    _ = try fixture.shutDown(.cancel)
    for client in clients {
      let transcript = Transcript(messages: try client.readToEnd())
      #expect(transcript.answers.first?["result"]?["state"] == "cancelled")
      #expect(transcript.answers.first?["result"]?["error"]?.detail == ["by": "shutdown"])
      #expect(transcript.ends.count == 1)
    }
    try idle.wait()
    #expect(fixture.engine.requests("POST /build/cancel").count >= 1)
  }

  @Test func cancelThatEndsTheLastBuildOfADrainingBrokerIsAnswered() throws {
    let fixture = try BrokerFixture { $0.maxBuilds = 1 }
    let asked = try FakeEngineGate()
    fixture.engine.on("GET /images/*/json") { exchange in
      asked.open()
      try exchange.waitForDisconnect()
    }
    let client = try fixture.connect()
    let context = try fixture.context(["Dockerfile": "FROM base\n"])
    let build = try client.call("build", ["context": .string(context)])["buildId"] ?? .null
    try asked.wait()
    let idle = try fixture.shutDown()
    try fixture.waitUntil { $0.isDraining }
    #expect(try client.call("cancel", ["buildId": build])["outcome"] == "stopping")
    #expect(try client.readToEnd() == [])
    try idle.wait()
  }

  @Test func clientThatAsksIsAnsweredBeforeItsConnectionEnds() throws {
    let client = try fixture.connect()
    #expect(try client.call("broker.shutdown") == ["accepted": true])
    #expect(try client.readToEnd() == [])
    try fixture.idle.wait()
    #expect(access(fixture.socketPath, F_OK) != 0)
  }

  @Test(arguments: [true, false])
  func whatIsLeftOfADrainIsCancelledAfterItsTimeOrByASecondCall(byTime: Bool) throws {
    let gate = try FakeGate(fixture)
    let client = try fixture.connect()
    try client.request("build", ["context": .string(try fixture.context()), "wait": true])
    try gate.begun.wait()
    let other = try fixture.connect()
    let timeoutMs: JSONValue = byTime ? 1 : 60_000
    #expect(try other.call("broker.shutdown", ["mode": "drain", "timeoutMs": timeoutMs])["accepted"] == true)
    if !byTime {
      #expect(try other.call("broker.status")["draining"] == true)
      #expect(try other.call("broker.shutdown", ["mode": "cancel"])["accepted"] == true)
    }
    let transcript = Transcript(messages: try client.readToEnd())
    #expect(transcript.answers.first?["result"]?["state"] == "cancelled")
    #expect(transcript.answers.first?["result"]?["error"]?.detail == ["by": "shutdown"])
    try fixture.idle.wait()
  }

  @Test(arguments: [true, false])
  func aPushThatIsWaitedForMayEnd(inTime: Bool) throws {
    let mayEnd = try FakeEngineGate()
    let pushing = try FakeEngineGate()
    fixture.engine.on("POST /images/*/push") { exchange in
      try exchange.beginChunked()
      pushing.open()
      inTime ? try exchange.wait(for: mayEnd) : try exchange.waitForDisconnect()
      try exchange.endChunked()
    }
    let build = try fixture.build(["context": .string(try fixture.context()), "tags": ["a"]])
    let client = try fixture.connect()
    let id = try client.request("build.push", ["buildId": build["buildId"] ?? .null])
    try pushing.wait()
    let other = try fixture.connect()
    #expect(try other.call("broker.shutdown", ["timeoutMs": inTime ? 60_000 : 1])["accepted"] == true)
    if inTime {
      #expect(try other.error("build.push", ["buildId": build["buildId"] ?? .null]).code == 1005)
      #expect(!fixture.idle.isOpen)
      mayEnd.open()
    }
    let answer = try client.answer(to: id).answer
    #expect(inTime ? answer["result"]?["tags"]?.arrayValue?.map { $0["ok"] } == [true] : answer["error"]?.code == 1005)
    try fixture.idle.wait()
  }

  @Test func settingsAreToldAsTheyWereGiven() throws {
    let fixture = try BrokerFixture { $0.listed = [.init(name: "max-builds", value: "3", source: .variable)] }
    #expect(
      try fixture.connect().call("broker.config")
        == ["settings": [["name": "max-builds", "value": "3", "source": "variable"]]])
  }

  @Test func clientThatDoesNotReadDoesNotKeepTheBrokerAlive() throws {
    let client = try fixture.connect()
    let text = String(repeating: "x", count: 3 << 20)
    try client.send(["jsonrpc": "2.0", "id": 1, "method": "broker.ping", "params": ["echo": .string(text)]])
    try fixture.waitUntil { $0.sessions.values.contains { !$0.output.isEmpty } }
    try fixture.shutDown().wait()
  }

  /// One that waits for three builds is owed more than is sent in one turn.
  @Test func everythingThatIsOwedIsSentBeforeConnectionsEnd() throws {
    let gate = try FakeGate(fixture)
    let client = try fixture.connect()
    let requests = try (1...6).map { number in
      try client.request(
        "build",
        [
          "context": .string(try fixture.context()), "wait": true, "tags": [.string("t\(number)")],
        ])
    }
    try fixture.waitUntil { $0.executions.values.contains { $0.builds.count == 6 } }
    try gate.begun.wait()
    let idle = try fixture.shutDown()
    gate.open()
    let transcript = Transcript(messages: try client.readToEnd())
    #expect(transcript.ends.map { $0.text("reason") } == Array(repeating: "finished", count: 6))
    #expect(Set(transcript.answers.map { $0.number("id") }) == Set(requests))
    #expect(transcript.answers.allSatisfy { $0["result"]?["state"] == "succeeded" })
    try idle.wait()
  }

  /// Pages without a wanted event are passed over, a few a turn.
  @Test func readerOfFewKindsSeesTheEndOfALongLogBeforeItsConnectionEnds() throws {
    let line = String(repeating: "x", count: 999) + "\n"
    let trace = FakeEngineTrace().log("sha256:1", String(repeating: line, count: 64))
    let mayEnd = try FakeEngineGate()
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.trace(FakeEngineTrace().vertex("sha256:1", "[1/1] RUN yes", started: 1))
      for _ in 0..<40 { try exchange.trace(trace) }
      try exchange.wait(for: mayEnd)
      try exchange.endWithImage()
    }
    let starter = try fixture.connect()
    let id = try starter.call("build", ["context": .string(try fixture.context())])["buildId"] ?? .null
    try fixture.waitUntil { ($0.executions.values.first?.log.bytes ?? 0) > 40 * 64 * 999 }
    let idle = try fixture.shutDown()
    _ = try starter.call("logs.subscribe", ["buildId": id, "kinds": ["result"]])
    mayEnd.open()
    let transcript = Transcript(messages: try starter.readToEnd())
    #expect(transcript.events.map { $0.text("kind") } == ["result"])
    #expect(transcript.ends.map { $0.text("reason") } == ["finished"])
    try idle.wait()
  }
}
