import BuildLog
import BuildScheduling
import JSON
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

/// Builds of several clients that share work, and how they leave it.
struct SharingTests {
  private let fixture: BrokerFixture
  private let gate: FakeGate

  init() throws {
    fixture = try BrokerFixture()
    gate = try FakeGate(fixture)
  }

  /// Sends a build that is waited for with events, and returns its ids once it has joined.
  private func join(_ client: WireClient, _ params: JSONObject) throws -> (build: String, subscription: String) {
    var params = params
    params["wait"] = true
    try client.request("build", params)
    let accepted = try client.next()
    try #require(accepted.method == "build.accepted", "\(accepted)")
    let id = accepted.params.text("buildId")
    try fixture.waitUntil { $0.builds[id]?.execution != nil }
    return (id, accepted.params.text("subscriptionId"))
  }

  private func rest(_ client: WireClient) throws -> Transcript {
    client.endInput()
    return Transcript(messages: try client.readToEnd())
  }

  @Test func eightEqualBuildsAreOneInTheEngine() throws {
    // Equal in content, in directories of their own.
    let clients = try (1...8).map { _ in try fixture.connect() }
    for (index, client) in clients.enumerated() {
      try client.request(
        "build", ["context": .string(try fixture.context()), "wait": true, "tags": [.string("t\(index)")]])
    }
    try fixture.waitUntil { $0.executions.values.contains { $0.builds.count == 8 } }
    try gate.begun.wait()
    gate.open()
    let transcripts = try clients.map(rest)
    for transcript in transcripts {
      transcript.expectWholeLog()
      #expect(transcript.lines == ["one", "two"])
      #expect(transcript.answers.first?["result"]?["result"]?["imageId"] == .string(BrokerFixture.imageID))
    }
    let builds = transcripts.compactMap { $0.answers.first?["result"] }
    #expect(builds.filter { $0["joined"] == false }.count == 1)
    #expect(Set(builds.map { $0.text("executionId") }).count == 1)
    #expect(Set(builds.map { $0.text("buildId") }).count == 8)
    #expect(fixture.engine.builds.count == 1)
    #expect(fixture.engine.builds.first?.parameter("t") == nil)
    let tagged = fixture.engine.requests("POST /images/*/tag").compactMap { $0.parameter("repo") }
    #expect(tagged.sorted() == (0..<8).map { "t\($0)" })
  }

  @Test(
    arguments: [
      ["target": "x"], ["platform": "linux/arm64"], ["buildArgs": .object(["A": "1"])], ["labels": .object(["A": "1"])],
      ["network": "none"], ["extraHosts": ["a:1.1.1.1"]], ["cacheFrom": ["c"]], ["noCache": true],
      ["builder": "classic"],
      ["dedupe": "never"], ["registryAuth": [["server": "r", "username": "u", "password": "p"]]],
    ] as [JSONObject])
  func buildsThatDifferAreNotOne(options: JSONObject) throws {
    var params = options
    params["context"] = .string(try fixture.context())
    let plain = try fixture.connect().call("build", ["context": params["context"] ?? .null]).text("buildId")
    let other = try fixture.connect().call("build", params).text("buildId")
    try fixture.waitUntil { $0.builds[plain]?.execution != nil && $0.builds[other]?.execution != nil }
    #expect(try fixture.inside { $0.builds[plain]?.execution !== $0.builds[other]?.execution })
    gate.open()
  }

  @Test func whoeverComesLateGetsTheWholeLog() throws {
    let params: JSONObject = ["context": .string(try fixture.context())]
    let first = try fixture.connect()
    _ = try join(first, params)
    try gate.begun.wait()
    let second = try fixture.connect()
    _ = try join(second, params)
    gate.open()
    let transcripts = try [rest(first), rest(second)]
    for transcript in transcripts { transcript.expectWholeLog() }
    #expect(transcripts[0].events == transcripts[1].events)
    #expect(transcripts[1].answers.first?["result"]?["joined"] == true)
  }

  @Test func oneLeavesWhileOthersGoOn() throws {
    let params: JSONObject = ["context": .string(try fixture.context())]
    let (first, second) = (try fixture.connect(), try fixture.connect())
    let leaver = try join(first, params)
    _ = try join(second, params)
    try gate.begun.wait()
    let outcome = try fixture.connect().call("cancel", ["buildId": .string(leaver.build), "reason": "enough"])
    #expect(outcome == ["outcome": "left", "participantsLeft": 1])
    let left = try rest(first)
    #expect(left.ends.map { $0.text("reason") } == ["left"])
    #expect(left.ends.map { $0.text("state") } == ["cancelled"])
    #expect(left.kinds.suffix(2) == ["logs.end", "answer"])
    let error = try #require(left.answers.first?["result"]?["error"])
    #expect(error.code == 1203)
    #expect(error.detail == ["by": "owner", "reason": "enough"])
    #expect(fixture.engine.requests("POST /build/cancel").isEmpty)
    gate.open()
    let stayed = try rest(second)
    #expect(stayed.answers.first?["result"]?["state"] == "succeeded")
    stayed.expectWholeLog()
    #expect(try fixture.connect().call("cancel", ["buildId": .string(leaver.build)])["outcome"] == "alreadyFinished")
  }

  @Test func whenTheLastLeavesTheEngineIsStoppedAndOnlyThenIsTheBuildCancelled() throws {
    let asked = try FakeEngineGate()
    let mayStop = try FakeEngineGate()
    fixture.engine.on("POST /build/cancel") { exchange in
      asked.open()
      try exchange.respond()
    }
    fixture.engine.on("POST /build") { [begun = gate.begun] exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      begun.open()
      try exchange.wait(for: mayStop)
      try exchange.record(["errorDetail": ["message": "failed to solve: context canceled"]])
      try exchange.endChunked()
    }
    let client = try fixture.connect()
    let build = try join(client, ["context": .string(try fixture.context())])
    try gate.begun.wait()
    let other = try fixture.connect()
    #expect(try other.call("cancel", ["buildId": .string(build.build)])["outcome"] == "stopping")
    try asked.wait()
    #expect(try other.call("build.get", ["buildId": .string(build.build)])["state"] == "cancelling")
    #expect(try other.call("cancel", ["buildId": .string(build.build)])["outcome"] == "stopping")
    mayStop.open()
    let transcript = try rest(client)
    #expect(transcript.states == ["running", "cancelling", "ended"])
    #expect(transcript.ends.map { $0.text("reason") } == ["finished"])
    transcript.expectWholeLog()
    let ended = try #require(transcript.answers.first?["result"])
    #expect(ended["state"] == "cancelled")
    #expect(ended["error"]?.detail == ["by": "owner"])
    let id = fixture.engine.builds.first?.parameter("buildid")
    #expect(fixture.engine.requests("POST /build/cancel").first?.parameter("id") == id)
  }

  @Test func classicBuildIsStoppedByClosingItsConnection() throws {
    let closed = try FakeEngineGate()
    fixture.engine.on("POST /build") { [begun = gate.begun] exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["stream": "Step 1/1 : FROM scratch\n"])
      begun.open()
      try exchange.waitForDisconnect()
      closed.open()
    }
    let client = try fixture.connect()
    let build = try join(client, ["context": .string(try fixture.context()), "builder": "classic"])
    try gate.begun.wait()
    #expect(try fixture.connect().call("cancel", ["buildId": .string(build.build)])["outcome"] == "stopping")
    try closed.wait()
    #expect(try rest(client).answers.first?["result"]?["state"] == "cancelled")
    #expect(fixture.engine.requests("POST /build/cancel").isEmpty)
  }

  @Test func buildThatArrivesDuringAStopStartsAnew() throws {
    let mayStop = try FakeEngineGate()
    fixture.engine.on("POST /build/cancel") { exchange in try exchange.respond() }
    let builds = Counter()
    fixture.engine.on("POST /build") { [begun = gate.begun] exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      guard builds.next() == 1 else { return try exchange.endWithImage() }
      begun.open()
      try exchange.wait(for: mayStop)
      try exchange.record(["errorDetail": ["message": "failed to solve: context canceled"]])
      try exchange.endChunked()
    }
    let params: JSONObject = ["context": .string(try fixture.context())]
    let client = try fixture.connect()
    let first = try join(client, params)
    try gate.begun.wait()
    let other = try fixture.connect()
    _ = try other.call("cancel", ["buildId": .string(first.build)])
    let second = try other.call("build", params).text("buildId")
    try fixture.waitUntil { $0.builds[second]?.measurement != nil }
    #expect(try other.call("build.get", ["buildId": .string(second)])["executionId"] == nil)
    mayStop.open()
    let ended = try other.call("build.wait", ["buildId": .string(second)])
    #expect(ended["state"] == "succeeded")
    #expect(ended["joined"] == false)
    #expect(fixture.engine.builds.count == 2)
  }

  @Test func requestThatIsCancelledEndsItsBuildToo() throws {
    let client = try fixture.connect()
    let build = try join(client, ["context": .string(try fixture.context())])
    try gate.begun.wait()
    try client.notify("$/cancelRequest", ["id": 1])
    let transcript = try rest(client)
    #expect(transcript.answers.map { $0["error"]?.code } == [-32800])
    #expect(transcript.kinds.last == "logs.end")
    let ended = try fixture.connect().call("build.get", ["buildId": .string(build.build)])
    #expect(ended["state"] == "cancelled")
    #expect(ended["error"]?.detail["reason"] == "$/cancelRequest")
  }

  @Test func waitingThatIsCancelledLeavesTheBuildAlone() throws {
    let client = try fixture.connect()
    let build = try gate.startBuild(client)
    let wait = try client.request("build.wait", ["buildId": .string(build), "timeoutMs": 1_000_000])
    let read = try client.request("logs.read", ["buildId": .string(build), "from": 1_000, "waitMs": 30_000])
    _ = try client.answer(to: read)
    try fixture.waitUntil { ($0.builds[build]?.execution?.log.lastSeq ?? 0) >= 5 }
    let last = try client.call("build.get", ["buildId": .string(build)]).number("lastSeq")
    let read2 = try client.request(
      "logs.read", ["buildId": .string(build), "from": .integer(last + 1), "waitMs": 30_000])
    for id in [wait, read2] {
      try client.notify("$/cancelRequest", ["id": .integer(id)])
      let answer = try client.next()
      #expect(answer["id"] == .integer(id))
      #expect(answer["error"]?.code == -32800)
    }
    try client.notify("$/cancelRequest", ["id": .integer(wait)])
    try client.notify("$/cancelRequest", ["id": "unknown"])
    gate.open()
    #expect(try client.call("build.wait", ["buildId": .string(build)])["state"] == "succeeded")
    #expect(try fixture.inside { $0.builds[build]?.waiters.isEmpty } == true)
  }

  @Test func buildThatIsCancelledWhileItsContextIsReadStaysCancelledByItsOwner() throws {
    let asked = try FakeEngineGate()
    let mayAnswer = try FakeEngineGate()
    fixture.engine.on("GET /images/*/json") { exchange in
      asked.open()
      try exchange.wait(for: mayAnswer)
    }
    let client = try fixture.connect()
    let context = try fixture.context(["Dockerfile": "FROM base\n"])
    let build = try client.call("build", ["context": .string(context)]).text("buildId")
    try asked.wait()
    let cancelled = try client.call("cancel", ["buildId": .string(build)])
    #expect(cancelled == ["outcome": "stopping", "participantsLeft": 0])
    // The reader's last word comes after the end of the build, and must not change it.
    try fixture.waitUntil { $0.builds[build]?.measuring == nil }
    mayAnswer.open()
    let ended = try client.call("build.wait", ["buildId": .string(build)])
    #expect(ended["state"] == "cancelled")
    #expect(ended["error"]?.detail == ["by": "owner"])
    #expect(ended["error"]?["data"]?["buildId"] == .string(build))
    #expect(try fixture.inside { $0.builds[build]?.measurement == nil })
  }

  @Test func clientThatIsGoneTakesItsBuildsAlongAfterTheGraceTime() throws {
    let client = try fixture.connect()
    let mine = try join(client, ["context": .string(try fixture.context()), "graceMs": 0])
    let kept = try client.request("build", ["context": .string(try fixture.context(["Dockerfile": "FROM scratch"]))])
    let keptID = try client.answer(to: kept).answer["result"]?.text("buildId") ?? ""
    try gate.begun.wait()
    client.close()
    let other = try fixture.connect()
    let ended = try other.call("build.wait", ["buildId": .string(mine.build)])
    #expect(ended["state"] == "cancelled")
    #expect(ended["error"]?.detail == ["by": "disconnect"])
    #expect(try other.call("build.wait", ["buildId": .string(keptID)])["state"] != "cancelled")
  }

  @Test func graceTimeMayBeAsLongAsANumberSays() throws {
    let client = try fixture.connect()
    let mine = try join(client, ["context": .string(try fixture.context()), "graceMs": 100_000_000_000_000])
    try gate.begun.wait()
    client.close()
    try fixture.waitUntil { $0.sessions.isEmpty }
    let other = try fixture.connect()
    #expect(try other.call("build.get", ["buildId": .string(mine.build)])["attached"] == false)
    gate.open()
    #expect(try other.call("build.wait", ["buildId": .string(mine.build)])["state"] == "succeeded")
  }

  @Test func adminCancelsAnExecutionWithAllItsBuilds() throws {
    let params: JSONObject = ["context": .string(try fixture.context())]
    let (first, second) = (try fixture.connect(), try fixture.connect())
    let one = try join(first, params)
    _ = try join(second, params)
    try gate.begun.wait()
    let other = try fixture.connect()
    let execution = try other.call("build.get", ["buildId": .string(one.build)])["executionId"] ?? .null
    #expect(try other.error("cancel", ["executionId": execution]).detail["path"] == "/reason")
    #expect(try other.error("cancel", ["executionId": "x", "reason": "r"]).code == 1201)
    #expect(try other.call("cancel", ["executionId": execution, "reason": "r"])["outcome"] == "stopping")
    for client in [first, second] {
      let ended = try rest(client).answers.first?["result"]
      #expect(ended?["state"] == "cancelled")
      #expect(ended?["error"]?.detail == ["by": "admin", "reason": "r"])
    }
  }
}

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
    let page = try client.call("logs.read", ["buildId": .string(changing), "from": 1])
    #expect(page["events"]?.arrayValue?.last?.text("kind") == "result")
    #expect(try client.call("build.wait", ["buildId": .string(next)])["state"] == "succeeded")
    #expect(try fixture.inside { $0.executions.values.allSatisfy { $0.isOver && $0.measurements.isEmpty } })
  }

  /// Two equal builds from directories of their own wait in a broker that has no room for spools.
  private func equalBuilds(
    in fixture: BrokerFixture, _ client: WireClient
  ) throws -> [(context: String, id: String)] {
    try (1...2).map { _ in
      let context = try fixture.context(["Dockerfile": "FROM scratch\nCOPY f /\n", "f": "equal"])
      let id = try client.call("build", ["context": .string(context)]).text("buildId")
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
      #expect(ended.map { $0["error"]?.code } == [1301, 1310])
      let log = try client.call("logs.read", ["buildId": .string(builds[1].id), "from": 1])
      let said = String(decoding: JSONWriter.bytes(of: log) + JSONWriter.bytes(of: ended[1]), as: UTF8.self)
      #expect(!said.contains(fixture.directory.dropFirst()))
      #expect(log["events"]?.arrayValue?.last?["error"]?.code == 1310)
      #expect(try fixture.inside { $0.executions.values.allSatisfy { $0.isOver && $0.measurements.isEmpty } })
    }
  }

  @Test func firstOfSeveralLeavesWhileItsContextIsReadAgain() throws {
    try withoutSpools { fixture, gate, client in
      let builds = try equalBuilds(in: fixture, client)
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
