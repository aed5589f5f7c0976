import BuildLog
import JSON
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
    #expect(tagged.sorted() == (0..<8).map { "docker.io/library/t\($0)" })
  }

  @Test(
    arguments: [
      ["target": "x"], ["platform": "linux/arm64"], ["buildArgs": .object(["A": "1"])], ["labels": .object(["A": "1"])],
      ["network": "none"], ["extraHosts": ["a:1.1.1.1"]], ["cacheFrom": ["c"]], ["noCache": true],
      ["builder": "classic"],
      ["dedupe": "never"],
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

  /// What is sent for a push does not change the work.
  @Test(arguments: [("r.example", false), ("other.example", true)])
  func loginsCountForTheRegistriesOfTheDockerfile(server: String, isShared: Bool) throws {
    fixture.images["r.example/base"] = "sha256:base"
    let context = JSONValue.string(try fixture.context(["Dockerfile": "FROM r.example/base\n"]))
    let login: JSONValue = [["server": .string(server), "username": "u", "password": "p"]]
    let plain = try fixture.connect().call("build", ["context": context]).text("buildId")
    let other = try fixture.connect().call("build", ["context": context, "registryAuth": login]).text("buildId")
    try fixture.waitUntil { $0.builds[plain]?.execution != nil && $0.builds[other]?.execution != nil }
    #expect(try fixture.inside { $0.builds[plain]?.execution === $0.builds[other]?.execution } == isShared)
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
