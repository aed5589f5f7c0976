import JSON
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

/// `events.subscribe` over a real socket.
struct EventsTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private static let everything: JSONObject = ["topics": ["build.state", "engine.state", "broker.state"]]

  @Test func snapshotHasWhatIsUnfinishedAndPushesTellTheRest() throws {
    let gate = try FakeGate(fixture)
    let client = try fixture.connect()
    let running = try gate.startBuild(client, ["annotations": ["project": "x"]])
    let watcher = try fixture.connect()
    let answer = try watcher.call("events.subscribe", Self.everything)
    let snapshot = answer["snapshot"] ?? .null
    #expect(snapshot["builds"]?.arrayValue?.map { $0.text("buildId") } == [running])
    #expect(snapshot["truncated"] == nil)
    #expect(snapshot["engine"]?["state"] == "up")
    #expect(snapshot["broker"]?["state"] == "serving")
    #expect(snapshot["broker"]?["instanceId"]?.stringValue?.isEmpty == false)
    gate.open()
    let events = try watcher.notifications {
      $0.params["value"]?["state"] == "succeeded" && $0.params["value"]?.text("buildId") == running
    }
    #expect(events.allSatisfy { $0.method == "events.event" && $0.params["topic"] == "build.state" })
    #expect(events.allSatisfy { $0.params["subscriptionId"] == answer["subscriptionId"] })
    let last = events.last?.params["value"] ?? .null
    #expect(last == (try client.call("build.get", ["buildId": .string(running)])))
  }

  @Test func newBuildIsToldFromItsFirstStateToItsLast() throws {
    let watcher = try fixture.connect()
    _ = try watcher.call("events.subscribe", ["topics": ["build.state"]])
    let client = try fixture.connect()
    let id = try client.call("build", ["context": .string(try fixture.context())]).text("buildId")
    let events = try watcher.notifications { $0.params["value"]?["state"] == "succeeded" }
    #expect(Set(events.map { $0.params["value"]?.text("buildId") }) == [id])
    let order = ["receiving", "queued", "running", "succeeded"]
    let states = events.compactMap { order.firstIndex(of: $0.params["value"]?.text("state") ?? "") }
    #expect(states.count == events.count)
    #expect(states == states.sorted())
  }

  @Test func topicsThatWereNotNamedAreSilent() throws {
    let watcher = try fixture.connect()
    _ = try watcher.call("events.subscribe", ["topics": ["broker.state"]])
    _ = try fixture.build(["context": .string(try fixture.context())])
    let ended = try fixture.shutDown()
    let messages = try watcher.readToEnd()
    #expect(messages.map { $0.params["value"]?["state"] } == ["draining"])
    try ended.wait()
  }

  @Test func engineThatGoesAwayIsTold() throws {
    let engine = try FakeEngine()
    let gone = try FakeEngineGate()
    engine.script(images: FakeImages())
    engine.on("GET /events") { exchange in
      try exchange.beginChunked()
      try exchange.wait(for: gone)
    }
    let fixture = try BrokerFixture(engine: engine)
    let watcher = try fixture.connect()
    try fixture.waitUntil { $0.engine.state.state == .up }
    _ = try watcher.call("events.subscribe", ["topics": ["engine.state"]])
    engine.stop()
    gone.open()
    let events = try watcher.notifications { $0.params["value"]?["state"] == "down" }
    #expect(events.last?.params["value"]?["lastError"]?.name?.hasPrefix("Engine") == true)
  }

  @Test func nothingFollowsTheAnswerToUnsubscribe() throws {
    let watcher = try fixture.connect()
    let id = try watcher.call("events.subscribe", Self.everything)["subscriptionId"] ?? .null
    #expect(try watcher.call("events.unsubscribe", ["subscriptionId": id]) == .object([:]))
    _ = try fixture.build(["context": .string(try fixture.context())])
    #expect(try watcher.call("broker.status").number("subscriptions") == 0)
    watcher.endInput()
    #expect(try watcher.readToEnd().isEmpty)
    #expect(try fixture.connect().error("events.unsubscribe", ["subscriptionId": id]).name == "SubscriptionNotFound")
  }

  @Test func eventSubscriptionsCountAsSubscriptions() throws {
    let watcher = try fixture.connect()
    for _ in 0..<32 { _ = try watcher.call("events.subscribe", ["topics": ["broker.state"]]) }
    #expect(try watcher.error("events.subscribe", ["topics": ["broker.state"]]).name == "TooManySubscriptions")
    let build = try fixture.build(["context": .string(try fixture.context())]).text("buildId")
    #expect(try watcher.error("logs.subscribe", ["buildId": .string(build)]).name == "TooManySubscriptions")
  }

  /// It owes a state for each build, not each state.
  @Test func watcherThatSleepsIsToldTheNewestStates() throws {
    let watcher = try fixture.connect()
    _ = try watcher.call("events.subscribe", ["topics": ["build.state"]])
    let text = String(repeating: "x", count: 8000)
    let annotations = JSONObject((0..<16).map { JSONObject.Member(name: "n\($0)", value: .string(text)) })
    // Each state is 128 KiB, which is more than the two sockets hold.
    var builds: [String] = []
    for _ in 0..<12 {
      let build = try fixture.build(
        ["context": .string(try fixture.context()), "dedupe": "never", "annotations": .object(annotations)])
      builds.append(build.text("buildId"))
    }
    #expect(try fixture.inside { $0.sessions.values.allSatisfy { $0.output.bytes < 1 << 20 } })
    var last: [String: String] = [:]
    _ = try watcher.notifications { message in
      let value = message.params["value"] ?? .null
      last[value.text("buildId")] = value.text("state")
      return builds.allSatisfy { last[$0] == "succeeded" }
    }
    #expect(last.count == builds.count)
  }

  @Test(
    arguments: [
      ([:], "/topics"), (["topics": []], "/topics"), (["topics": ["builds"]], "/topics/0"),
      (["topics": ["build.state"], "scope": "x"], "/scope"),
    ] as [(JSONObject, String)])
  func topicsAreChecked(params: JSONObject, path: String) throws {
    let error = try fixture.connect().error("events.subscribe", params)
    #expect(error.name == "InvalidParams")
    #expect(error.detail["path"] == .string(path))
  }

  /// In a batch, too, the answer is the last word on a subscription.
  @Test func answerToABatchThatUnsubscribesComesLast() throws {
    let client = try fixture.connect()
    let build = try fixture.build(["context": .string(try fixture.context())])["buildId"] ?? .null
    try client.send(
      raw: JSONWriter.bytes(of: [
        "jsonrpc": "2.0", "id": 1, "method": "logs.subscribe", "params": ["buildId": build, "kinds": ["log"]],
      ]) + [0x0A])
    let answer = try client.answer(to: 1).answer
    let id = answer["result"]?["subscriptionId"] ?? .null
    try client.send([
      ["jsonrpc": "2.0", "id": 2, "method": "logs.unsubscribe", "params": ["subscriptionId": id]],
      ["jsonrpc": "2.0", "id": 3, "method": "broker.ping"],
    ])
    client.endInput()
    let rest = try client.readToEnd()
    #expect(rest.last?.arrayValue?.count == 2)
    #expect(rest.dropLast().allSatisfy { $0.method?.hasPrefix("logs.") == true || $0.method == "build.state" })
  }
}
