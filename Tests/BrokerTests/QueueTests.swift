import BuildScheduling
import JSON
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

/// Executions that wait for a place.
struct QueueTests {
  private let fixture: BrokerFixture
  private let gate: FakeGate
  private let client: WireClient

  init() throws {
    fixture = try BrokerFixture { $0.maxBuilds = 1 }
    gate = try FakeGate(fixture)
    client = try fixture.connect()
    _ = try gate.startBuild(client)
  }

  private func enqueue(_ name: String) throws -> String {
    let context = try fixture.context(["Dockerfile": "FROM scratch\n", "name": name])
    let id = try client.call("build", ["context": .string(context)]).text("buildId")
    try fixture.waitUntil { $0.builds[id]?.execution != nil }
    return id
  }

  private func position(_ id: String) throws -> Int64? {
    try client.call("build.get", ["buildId": .string(id)])["queue"]?["position"]?.integerValue
  }

  @Test func placesInTheQueueAreToldAndMoveUp() throws {
    let ids = try ["a", "b", "c"].map(enqueue)
    #expect(try ids.map(position) == [1, 2, 3])
    let subscribed = try client.call("logs.subscribe", ["buildId": .string(ids[2])]).text("subscriptionId")
    #expect(try client.call("cancel", ["buildId": .string(ids[0])])["outcome"] == "stopping")
    let moved = try client.notifications { $0.params["build"]?["queue"]?.number("position") == 2 }
    #expect(moved.last?.params.text("subscriptionId") == subscribed)
    #expect(try ids.dropFirst().map(position) == [1, 2])
    gate.open()
    for id in ids.dropFirst() {
      #expect(try client.call("build.wait", ["buildId": .string(id)])["state"] == "succeeded")
    }
    #expect(fixture.engine.builds.count == 3)
  }

  @Test func contextOfAQueuedBuildIsKeptAsItWas() throws {
    let context = try fixture.context(["Dockerfile": "FROM scratch\n", "name": "before"])
    let id = try client.call("build", ["context": .string(context)]).text("buildId")
    try fixture.waitUntil { $0.builds[id]?.execution?.spool != nil }
    #expect(try client.call("broker.status").number("spoolBytes") > 0)
    TemporaryDirectory.remove(context)
    gate.open()
    #expect(try client.call("build.wait", ["buildId": .string(id)])["state"] == "succeeded")
    try fixture.waitUntil { $0.spools.used == 0 }
  }

  @Test func cancelledInTheQueueIsGoneWithoutATraceInTheEngine() throws {
    let id = try enqueue("a")
    try fixture.waitUntil { $0.builds[id]?.execution?.spool != nil }
    try client.request("cancel", ["buildId": .string(id)])
    _ = try client.next()
    let ended = try client.call("build.wait", ["buildId": .string(id)])
    #expect(ended["state"] == "cancelled")
    try fixture.waitUntil { $0.spools.used == 0 }
    #expect(try fixture.inside { $0.builds[id]?.execution?.isOver } == true)
    let page = try client.call("logs.read", ["buildId": .string(id), "from": 1])
    #expect(page["end"] == true)
    #expect(page["events"]?.arrayValue?.map { $0.text("kind") } == ["state", "state", "result"])
    gate.open()
    try fixture.waitUntil { $0.table.isIdle }
    #expect(fixture.engine.builds.count == 1)
  }

  @Test func logOfABuildWhoseContextChangedTwiceEndsThoughAnotherStarts() throws {
    let path = try fixture.context(["Dockerfile": "FROM base\nCOPY a /\n", "a": "a"])
    let changes = Counter()
    fixture.engine.on("GET /images/*/json") { exchange in
      if exchange.request.path.contains("base") {
        try TemporaryDirectory.write(String(repeating: "b", count: changes.next() + 1), to: path + "/a")
      }
      try exchange.respond(json: ["Id": "sha256:base", "Size": 1, "Os": "linux", "Architecture": "amd64"])
    }
    let changing = try client.call("build", ["context": .string(path)]).text("buildId")
    try fixture.waitUntil { $0.builds[changing]?.execution != nil }
    let next = try enqueue("next")
    gate.open()
    let ended = try client.call("build.wait", ["buildId": .string(changing)])
    #expect(ended["error"]?.code == 1310)
    #expect(ended["error"]?.detail.text("path").hasSuffix("a") == true)
    let page = try client.call("logs.read", ["buildId": .string(changing), "from": 1])
    #expect(page["events"]?.arrayValue?.last?.text("kind") == "result")
    #expect(try client.call("build.wait", ["buildId": .string(next)])["state"] == "succeeded")
    #expect(try fixture.inside { $0.executions.values.allSatisfy { $0.isOver && $0.measurements.isEmpty } })
  }

  /// Two equal builds wait in a broker that has no room for spools: from directories of their own, or from one.
  private func equalBuilds(
    in fixture: BrokerFixture, _ client: WireClient, fromOneDirectory: Bool = false
  ) throws -> [(context: String, id: String)] {
    let files = ["Dockerfile": "FROM scratch\nCOPY f /\n", "f": "equal"]
    let shared = try fixture.context(files)
    return try (1...2).map { number in
      let context = fromOneDirectory ? shared : try fixture.context(files)
      let params: JSONObject = ["context": .string(context), "tags": [.string("own\(number):{context:8}")]]
      let id = try client.call("build", params).text("buildId")
      try fixture.waitUntil { $0.builds[id]?.execution != nil }
      return (context, id)
    }
  }

  private func withoutSpools(_ body: (BrokerFixture, FakeGate, WireClient) throws -> Void) throws {
    let fixture = try BrokerFixture {
      $0.maxBuilds = 1
      $0.spoolLimit = 0
    }
    let gate = try FakeGate(fixture)
    let client = try fixture.connect()
    _ = try gate.startBuild(client)
    try body(fixture, gate, client)
  }

  @Test func contextOfAnotherParticipantIsSentWhereThatOfTheFirstChanged() throws {
    try withoutSpools { fixture, gate, client in
      let builds = try equalBuilds(in: fixture, client)
      try TemporaryDirectory.write("changed", to: builds[0].context + "/f")
      gate.open()
      let ended = try builds.map { try client.call("build.wait", ["buildId": .string($0.id)]) }
      #expect(ended.map { $0["state"] } == ["succeeded", "succeeded"])
      #expect(ended[0]["contextDigest"] == ended[1]["contextDigest"])
      let log = try client.call("logs.read", ["buildId": .string(builds[1].id), "from": 1])["events"]?.arrayValue ?? []
      #expect(log.filter { $0.text("kind") == "warning" }.map { $0.text("code") } == ["contextChanged"])
    }
  }

  @Test func whereNoContextIsLeftNobodyIsToldOfAnothersDirectory() throws {
    try withoutSpools { fixture, gate, client in
      let builds = try equalBuilds(in: fixture, client)
      for build in builds { TemporaryDirectory.remove(build.context) }
      gate.open()
      let ended = try builds.map { try client.call("build.wait", ["buildId": .string($0.id)]) }
      #expect(ended.map { $0["error"]?.code } == [1301, 1301])
      let log = try client.call("logs.read", ["buildId": .string(builds[1].id), "from": 1])
      #expect(!String(decoding: JSONWriter.bytes(of: log), as: UTF8.self).contains(fixture.directory.dropFirst()))
      let said = String(decoding: JSONWriter.bytes(of: ended[1]), as: UTF8.self)
      #expect(!said.contains(builds[0].context.dropFirst()))
      #expect(log["events"]?.arrayValue?.last?["error"]?.code == 1310)
      #expect(try fixture.inside { $0.executions.values.allSatisfy { $0.isOver && $0.measurements.isEmpty } })
    }
  }

  @Test func eachOfSeveralDirectoriesThatChangedIsBuiltAsItIsNow() throws {
    try withoutSpools { fixture, gate, client in
      let builds = try equalBuilds(in: fixture, client)
      let former = try builds.map { try client.call("build.get", ["buildId": .string($0.id)])["executionId"] }
      #expect(former[0] == former[1])
      for (number, build) in builds.enumerated() {
        try TemporaryDirectory.write("changed \(number)", to: build.context + "/f")
      }
      let follower = try fixture.connect()
      let subscription = try follower.call("logs.subscribe", ["buildId": .string(builds[1].id)]).text("subscriptionId")
      gate.open()
      let ended = try builds.map { try client.call("build.wait", ["buildId": .string($0.id)]) }
      #expect(ended.map { $0["state"] } == ["succeeded", "succeeded"])
      #expect(ended[0]["executionId"] == former[0])
      #expect(ended[1]["executionId"] != former[0])
      for (build, end) in zip(builds, ended) {
        let digest = try client.call("context.digest", ["context": .string(build.context)])["contextDigest"]
        #expect(digest != nil)
        #expect(end["contextDigest"] == digest)
        let log = try client.call("logs.read", ["buildId": .string(build.id), "from": 1])["events"]?.arrayValue ?? []
        #expect(log.map { $0.number("seq") } == log.indices.map { Int64($0) + 1 })
        #expect(log.count { $0.text("code") == "contextChanged" } == 2)
        #expect(log.last?.text("kind") == "result")
      }
      try follower.readLog(of: subscription).expectWholeLog()
      #expect(try fixture.inside { $0.executions.values.allSatisfy { $0.isOver && $0.measurements.isEmpty } })
    }
  }

  @Test func firstOfSeveralLeavesWhileItsContextIsReadAgain() throws {
    try withoutSpools { fixture, gate, client in
      let builds = try equalBuilds(in: fixture, client, fromOneDirectory: true)
      for build in builds { try TemporaryDirectory.write("changed", to: build.context + "/f") }
      let asked = try FakeEngineGate()
      let mayAnswer = try FakeEngineGate()
      try TemporaryDirectory.write("FROM base\nCOPY f /\n", to: builds[0].context + "/Dockerfile")
      fixture.images["base"] = "sha256:base"
      fixture.engine.on("GET /images/base/json") { exchange in
        asked.open()
        try exchange.wait(for: mayAnswer)
        try exchange.respond(json: ["Id": "sha256:base", "Os": "linux", "Architecture": "amd64"])
      }
      gate.open()
      try asked.wait()
      #expect(try client.call("cancel", ["buildId": .string(builds[0].id)])["outcome"] == "left")
      mayAnswer.open()
      #expect(try client.call("build.wait", ["buildId": .string(builds[1].id)])["state"] == "succeeded")
      let left = try client.call("build.get", ["buildId": .string(builds[0].id)])
      #expect(left["error"]?.detail == ["by": "owner"])
      #expect(try fixture.inside { $0.builds.values.allSatisfy { $0.measurement == nil } })
    }
  }

  @Test func everybodyKeepsTheirOwnTagsWhenTheContextIsReadAgain() throws {
    try withoutSpools { fixture, gate, client in
      let builds = try equalBuilds(in: fixture, client, fromOneDirectory: true)
      try TemporaryDirectory.write("changed", to: builds[0].context + "/f")
      gate.open()
      for (number, build) in zip(1..., builds) {
        let ended = try client.call("build.wait", ["buildId": .string(build.id)])
        #expect(ended["state"] == "succeeded", "\(ended)")
        let digits = ended.text("contextDigest").dropFirst("sha256:".count).prefix(8)
        #expect(ended["tags"] == [.string("own\(number):\(digits)")])
        #expect(ended["result"]?["tags"]?.arrayValue?.map { $0["tag"] } == [.string("own\(number):\(digits)")])
      }
    }
  }

  @Test func buildsThatWaitAreLimited() throws {
    let fixture = try BrokerFixture {
      $0.maxBuilds = 1
      $0.limits.queuedBuilds = 3
    }
    let gate = try FakeGate(fixture)
    let client = try fixture.connect()
    _ = try gate.startBuild(client)
    for name in ["a", "b", "c"] {
      let context = try fixture.context(["Dockerfile": "FROM scratch\n", "name": name])
      _ = try client.call("build", ["context": .string(context)])
    }
    let refused = try client.error("build", ["context": .string(try fixture.context())])
    #expect(refused.code == 1205)
    #expect(refused.detail == ["queued": 3, "limit": 3])
    gate.open()
    try fixture.waitUntil { $0.table.isIdle }
    _ = try client.call("build", ["context": .string(try fixture.context())])
  }
}
