import BuildScheduling
import EventLoop
import Glibc
import JSON
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

/// One build of one client, against a scripted Engine.
struct BuildTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  // MARK: What is said, and in which order

  @Test func answerComesAtOnceAndNothingAfterItWhereNothingWasAskedFor() throws {
    let transcript = try fixture.connect().only("build", ["context": .string(try fixture.context())])
    #expect(transcript.kinds == ["answer"])
    let answer = try #require(transcript.answers.first?["result"])
    #expect(answer.objectValue?.members.map(\.name) == ["buildId", "state"])
    #expect(answer["state"] == "receiving")
    let build = try fixture.connect().call("build.wait", ["buildId": answer["buildId"] ?? .null])
    #expect(build["state"] == "succeeded")
    #expect(build["result"]?["imageId"] == .string(BrokerFixture.imageID))
    #expect(build["result"]?["sizeBytes"] == 1234)
    #expect(build["onDisconnect"] == "keep")
    #expect(build["attached"] == false)
  }

  @Test func withEventsTheAnswerComesFirstAndTheEndOfTheLogLast() throws {
    let transcript = try fixture.connect().only(
      "build", ["context": .string(try fixture.context()), "events": true])
    #expect(transcript.kinds.first == "answer")
    #expect(transcript.kinds.last == "logs.end")
    #expect(Set(transcript.kinds.dropFirst().dropLast()) == ["build.state", "logs.event"])
    #expect(transcript.lines == ["one", "two"])
    #expect(transcript.states == ["running", "ended"])
    #expect(transcript.ends.first?["reason"] == "finished")
    #expect(transcript.ends.first?["state"] == "succeeded")
    transcript.expectWholeLog()
  }

  @Test func withWaitTheBuildIsAnnouncedFirstAndAnsweredLast() throws {
    let transcript = try fixture.connect(.header).only(
      "build", ["context": .string(try fixture.context()), "wait": true])
    #expect(transcript.kinds.first == "build.accepted")
    #expect(transcript.kinds.suffix(2) == ["logs.end", "answer"])
    let accepted = try #require(transcript.messages.first).params
    #expect(accepted["requestId"] == 1)
    #expect(transcript.answers.first?["result"]?["buildId"] == accepted["buildId"])
    #expect(transcript.ends.first?["subscriptionId"] == accepted["subscriptionId"])
    transcript.expectWholeLog()
    let last = transcript.messages.last { $0.method == "build.state" }
    #expect(last?.params["build"]?["state"] == "succeeded")
  }

  @Test func withWaitAndNoEventsOnlyTheEndIsSaid() throws {
    let transcript = try fixture.connect().only(
      "build", ["context": .string(try fixture.context()), "wait": true, "events": false])
    #expect(transcript.kinds == ["answer"])
    #expect(transcript.answers.first?["result"]?["state"] == "succeeded")
  }

  @Test func tagsAreAppliedToTheImageAndNeverGivenToTheBuilder() throws {
    let build = try fixture.build([
      "context": .string(try fixture.context()), "tags": ["app", "r.example:5000/a:{context:12}"],
    ])
    let digest = build.text("contextDigest").dropFirst("sha256:".count)
    #expect(build["tags"] == ["app:latest", .string("r.example:5000/a:\(digest.prefix(12))")])
    #expect(build["result"]?["tags"]?.arrayValue?.map { $0["ok"] } == [true, true])
    let tags = fixture.engine.requests("POST /images/*/tag")
    #expect(tags.map(\.path) == Array(repeating: "/images/\(BrokerFixture.imageID)/tag", count: 2))
    #expect(tags.map { $0.parameter("repo") } == ["docker.io/library/app", "r.example:5000/a"])
    #expect(tags.map { $0.parameter("tag") } == ["latest", String(digest.prefix(12))])
    #expect(fixture.engine.builds.allSatisfy { $0.parameter("t") == nil })
  }

  @Test func buildWhoseTagFailsHasFailedAndKeepsItsImage() throws {
    fixture.engine.on("POST /images/*/tag") { exchange in
      try exchange.respond(
        status: exchange.request.parameter("repo") == "docker.io/library/bad" ? 500 : 201, json: ["message": "no"])
    }
    let build = try fixture.build(["context": .string(try fixture.context()), "tags": ["good", "bad"]])
    #expect(build["state"] == "failed")
    #expect(build["error"]?.code == 1509)
    #expect(build["error"]?.detail["tags"] == ["bad:latest"])
    #expect(build["result"]?["imageId"] == .string(BrokerFixture.imageID))
    #expect(build["result"]?["tags"]?.arrayValue?.map { $0["ok"] } == [true, false])
  }

  @Test func optionsReachTheEngineAsGiven() throws {
    _ = try fixture.build([
      "context": .string(try fixture.context()), "target": "x", "platform": "linux/arm64", "noCache": true,
      "buildArgs": .object(["A": "1", "B": ""]), "labels": .object(["l": "v"]), "network": "none",
      "extraHosts": ["h:1.2.3.4"], "cacheFrom": ["c"],
    ])
    let request = try #require(fixture.engine.builds.first)
    #expect(request.parameter("version") == "2")
    #expect(request.parameter("target") == "x")
    #expect(request.parameter("platform") == "linux/arm64")
    #expect(request.parameter("nocache") == "true" || request.parameter("nocache") == "1")
    #expect(request.parameter("buildargs") == #"{"A":"1","B":""}"#)
    #expect(request.parameter("labels") == #"{"l":"v"}"#)
    #expect(request.parameter("networkmode") == "none")
    #expect(request.parameter("extrahosts") == "h:1.2.3.4")
    #expect(request.parameter("cachefrom") == #"["c"]"#)
  }

  @Test func missingImageIsPulledAsAStepAndWithTheLoginOfItsRegistryOnly() throws {
    fixture.engine.on("POST /images/create") { [images = fixture.images] exchange in
      try exchange.beginChunked()
      try exchange.record(["status": "Pulling from base", "id": "latest"])
      try exchange.endChunked()
      images["r.example/base"] = "sha256:base"
    }
    let transcript = try fixture.connect().only(
      "build",
      [
        "context": .string(try fixture.context(["Dockerfile": "FROM r.example/base\nCOPY Dockerfile /\n"])),
        "events": true,
        "registryAuth": [
          ["server": "other.example", "username": "o", "password": "secret-o"],
          ["server": "https://r.example/v2/", "username": "u", "password": "secret-u"],
        ],
      ])
    transcript.expectWholeLog()
    #expect(transcript.ends.first?["state"] == "succeeded")
    let steps = transcript.events.filter { $0.text("kind") == "step" }
    #expect(
      steps.prefix(2).map { $0.text("name") } == ["[internal] pull r.example/base", "[internal] pull r.example/base"])
    #expect(Set(steps.map { $0.text("stepId") }) == ["1", "2"])
    #expect(fixture.engine.requests("POST /images/create").map { $0.field("X-Registry-Auth") != nil } == [true])
    let said = transcript.messages.map { String(decoding: JSONWriter.bytes(of: $0), as: UTF8.self) }.joined()
    #expect(!said.contains("secret-"))
  }

  // MARK: What goes wrong

  @Test func paramsAreRefusedBeforeThereIsABuild() throws {
    let client = try fixture.connect()
    let table: [(JSONObject, String)] = [
      ([:], "/context"), (["context": "relative"], "/context"),
      (["context": "/tmp", "builder": "kaniko"], "/builder"), (["context": "/tmp", "tags": ["UPPER"]], "/tags/0"),
      (["context": "/tmp", "tags": ["a", "{context:99}"]], "/tags/1"),
      (["context": "/tmp", "graceMs": -1], "/graceMs"),
      (["context": "/tmp", "graceMs": 100_000_000_000_001], "/graceMs"),
      (["context": "/tmp", "buildArgs": ["A"]], "/buildArgs"),
      (["context": "/tmp", "dockerfile": "/abs"], "/dockerfile"),
    ]
    for (params, path) in table {
      let error = try client.error("build", params)
      #expect(error.code == -32602, "\(params)")
      #expect(error.detail.text("path").hasPrefix(path), "\(error)")
    }
    #expect(try client.call("build.list")["builds"] == [])
  }

  @Test func whatIsWrongWithTheContextIsTheBuildsError() throws {
    let table: [(String, JSONObject, Int64)] = [
      (fixture.directory + "/missing", [:], 1301),
      (try fixture.context(["file": ""]) + "/file", [:], 1301),
      (try fixture.context([:]), [:], 1207),
      (try fixture.context(), ["dockerfile": "other"], 1207),
      (try fixture.context(["Dockerfile": "# escape=x\nFROM scratch\n"]), [:], 1206),
      (try fixture.context(["Dockerfile": "FROM scratch\n", ".dockerignore": "[\n"]), [:], 1306),
    ]
    for (path, more, code) in table {
      var params: JSONObject = ["context": .string(path)]
      for member in more.members { params[member.name] = member.value }
      let build = try fixture.build(params)
      #expect(build["state"] == "failed")
      #expect(build["error"]?.code == code, "\(build)")
      #expect(build["error"]?["data"]?["buildId"] == build["buildId"])
    }
    #expect(fixture.engine.builds.isEmpty)
  }

  @Test func dockerfileThatNeedsASecretIsRefusedWithItsLineBeforeTheEngineIsAsked() throws {
    let dockerfile = "FROM scratch\n\nRUN --mount=type=secret,id=x \\\n  true\n"
    let build = try fixture.build(["context": .string(try fixture.context(["Dockerfile": dockerfile]))])
    #expect(build["error"]?.code == 1208)
    #expect(build["error"]?.detail["line"] == 3)
    #expect(fixture.engine.builds.isEmpty)
  }

  @Test func engineThatIsDownIsSaidToBeDown() throws {
    fixture.engine.stop()
    let build = try fixture.build(["context": .string(try fixture.context())])
    #expect(build["error"]?.code == 1501)
    #expect(build["error"]?["data"]?["retryable"] == true)
    #expect(build["error"]?.detail["endpoint"] == .string("unix://" + fixture.engine.socketPath))
    #expect(try fixture.connect().call("broker.status")["engine"]?["state"] == "down")
  }

  @Test func engineThatGoesAwayDuringTheUploadIsLost() throws {
    let context = try fixture.context()
    try TemporaryDirectory.write(String(repeating: "x", count: 4 << 20), to: context + "/large")
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody(atMost: 100_000)
      exchange.close()
    }
    let build = try fixture.build(["context": .string(context)])
    #expect(build["error"]?.code == 1507, "\(build)")
  }

  @Test(arguments: [true, false])
  func engineThatEndsItsAnswerEarlyIsLost(cutsConnection: Bool) throws {
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.buildOneStep()
      if cutsConnection { exchange.close() } else { try exchange.endChunked() }
    }
    let transcript = try fixture.connect().only("build", ["context": .string(try fixture.context()), "wait": true])
    let build = try #require(transcript.answers.first?["result"])
    #expect(build["error"]?.code == 1507)
    #expect(build["error"]?.detail["outcome"] == "unknown")
    transcript.expectWholeLog()
    #expect(transcript.events.last?["error"]?.code == 1507)
  }

  @Test(arguments: [400, 500])
  func engineThatRefusesIsQuoted(status: Int) throws {
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.respond(status: status, json: ["message": "I would rather not"])
    }
    let error = try #require(try fixture.build(["context": .string(try fixture.context())])["error"])
    #expect(error.code == 1502)
    #expect(error.detail["status"] == .integer(Int64(status)))
    #expect(error.text("message").contains("I would rather not"))
  }

  @Test func stepThatFailsIsNamedWithItsLines() throws {
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      let name = "[2/2] RUN false"
      let said = #"process "/bin/sh -c false" did not complete successfully: exit code: 3"#
      try exchange.trace(FakeEngineTrace().vertex("sha256:2", name, started: 1).log("sha256:2", "oh\n"))
      try exchange.trace(FakeEngineTrace().vertex("sha256:2", name, started: 1, completed: 2, error: said))
      try exchange.record(["errorDetail": ["message": .string("failed to solve: " + said)]])
      try exchange.endChunked()
    }
    let context = try fixture.context(["Dockerfile": "FROM scratch\n# why\nRUN \\\n  false\n"])
    fixture.images["scratch"] = nil
    let transcript = try fixture.connect().only("build", ["context": .string(context), "wait": true])
    let error = try #require(transcript.answers.first?["result"]?["error"])
    #expect(error.code == 1202, "\(error)")
    #expect(error.detail["exitCode"] == 3)
    #expect(error.detail["lastLines"] == ["oh"])
    transcript.expectWholeLog()
    #expect(transcript.events.last?["error"]?["data"]?["buildId"] == nil, "shared events name no build")
  }

  @Test func builderThatTheEngineLacksIsRefused() throws {
    fixture.engine.on("GET /version") { exchange in
      try exchange.respond(json: ["Version": "18.06", "ApiVersion": "1.38", "MinAPIVersion": "1.12"])
    }
    for method in ["HEAD", "GET"] {
      fixture.engine.on("\(method) /_ping") { exchange in try exchange.respond(fields: [("Api-Version", "1.38")]) }
    }
    try fixture.inside { $0.engine.stop() }
    let fresh = try BrokerFixture(engine: fixture.engine)
    let build = try fresh.build(["context": .string(try fresh.context()), "builder": "buildkit"])
    #expect(build["error"]?.code == 1208, "\(build)")
    #expect(build["error"]?.detail["feature"] == "builder=buildkit")
    #expect(try fresh.build(["context": .string(try fresh.context())])["error"]?.code != 1208)
    #expect(fixture.engine.builds.map { $0.parameter("version") } == ["1"])
  }

  @Test func timeThatIsOverFailsTheBuildWhereverItIs() throws {
    let gate = try FakeGate(fixture)
    let ended = try fixture.build(["context": .string(try fixture.context()), "timeoutMs": 1])
    gate.open()
    #expect(ended["state"] == "failed")
    #expect(ended["error"]?.code == 1204)
    #expect(ended["error"]?.detail["timeoutMs"] == 1)
    let unlimited = try fixture.build(["context": "/missing", "timeoutMs": 0])
    #expect(unlimited["error"]?.code == 1301)
    #expect(try fixture.inside { $0.builds.values.allSatisfy { $0.timeLimit == nil } })
  }

  // MARK: A context that changes

  /// A context whose file changes while the Engine is asked for the base image, which is after the context was read.
  private func changingContext(times: Int) throws -> String {
    let path = try fixture.context(["Dockerfile": "FROM base\nCOPY a /\n", "a": "a"])
    let changes = Counter()
    fixture.engine.on("GET /images/*/json") { exchange in
      let count = changes.next()
      if count <= times { try TemporaryDirectory.write(String(repeating: "b", count: count + 1), to: path + "/a") }
      try exchange.respond(json: ["Id": "sha256:base", "Size": 1, "Os": "linux", "Architecture": "amd64"])
    }
    return path
  }

  @Test func contextThatChangedIsReadAgain() throws {
    let context = try changingContext(times: 1)
    let transcript = try fixture.connect().only("build", ["context": .string(context), "wait": true])
    let build = try #require(transcript.answers.first?["result"])
    #expect(build["state"] == "succeeded", "\(build)")
    #expect(transcript.events.filter { $0.text("kind") == "warning" }.map { $0.text("code") } == ["contextChanged"])
    transcript.expectWholeLog()
    #expect(fixture.engine.builds.count == 2)
    #expect(build["contextDigest"] == (try fixture.build(["context": .string(context)]))["contextDigest"])
  }

  @Test func contextThatChangesAgainFailsTheBuild() throws {
    let transcript = try fixture.connect().only(
      "build", ["context": .string(try changingContext(times: 9)), "wait": true])
    let error = try #require(transcript.answers.first?["result"]?["error"])
    #expect(error.code == 1310)
    #expect(error.detail.text("path").hasSuffix("a"))
    transcript.expectWholeLog()
    // The Engine may not have looked at the second yet, which nobody waits for.
    #expect(fixture.engine.builds.count <= 2)
    #expect(try fixture.inside { $0.executions.values.allSatisfy { $0.isOver && $0.measurements.isEmpty } })
  }

  @Test func contextThatIsGoneWhenItIsReadAgainFailsTheBuildAndEndsItsLog() throws {
    let context = try fixture.context(["Dockerfile": "FROM base\nCOPY a /\n", "a": "a"])
    fixture.engine.on("GET /images/*/json") { exchange in
      unlink(context + "/Dockerfile")
      try exchange.respond(json: ["Id": "sha256:base", "Size": 1, "Os": "linux", "Architecture": "amd64"])
    }
    let transcript = try fixture.connect().only("build", ["context": .string(context), "wait": true])
    #expect(transcript.answers.first?["result"]?["error"]?.code == 1207)
    transcript.expectWholeLog()
    // The log is not one build's alone.
    #expect(transcript.events.last?["error"]?.code == 1310)
    #expect(try fixture.inside { $0.executions.values.allSatisfy { $0.isOver && $0.measurements.isEmpty } })
  }

  // MARK: Afterwards

  @Test func endedBuildKeepsNeitherItsContextNorItsLogins() throws {
    for tag in ["a", "b"] {
      _ = try fixture.build([
        "context": .string(try fixture.context()), "tags": [.string(tag)], "dedupe": "never",
        "registryAuth": [["server": "r.example", "username": "u", "password": "p"]],
      ])
    }
    try fixture.waitUntil { $0.builds.count == 2 && $0.table.isIdle }
    #expect(
      try fixture.inside { broker in
        broker.builds.values.allSatisfy {
          $0.measurement == nil && $0.measuring == nil && $0.waiters.isEmpty && $0.params.registryAuth.isEmpty
        } && broker.executions.values.allSatisfy { $0.isOver && $0.measurements.isEmpty && $0.spool == nil }
      })
  }

  @Test func oldestBuildsAreForgottenWithTheirLogs() throws {
    let fixture = try BrokerFixture { $0.rememberedBuilds = 2 }
    var ids: [String] = []
    for _ in 1...4 { ids.append(try fixture.build(["context": .string(try fixture.context())]).text("buildId")) }
    let client = try fixture.connect()
    #expect(try client.error("build.get", ["buildId": .string(ids[0])]).code == 1201)
    #expect(try client.error("logs.read", ["buildId": .string(ids[1]), "from": 1]).code == 1201)
    #expect(try client.call("build.list")["builds"]?.arrayValue?.map { $0.text("buildId") } == [ids[3], ids[2]])
    #expect(try fixture.inside { $0.executions.count } == 2)
    #expect(try files(in: fixture.directory + "/state/logs").count == 2)
  }

  @Test func listIsPagedNewestFirst() throws {
    var ids: [String] = []
    for index in 1...5 {
      ids.insert(try fixture.build(["context": .string("/missing/\(index)")]).text("buildId"), at: 0)
      // Builds of one millisecond have no order.
      let now = wallClockMs()
      while wallClockMs() == now {}
    }
    let client = try fixture.connect()
    var found: [String] = []
    var cursor: JSONValue? = .null
    while let from = cursor {
      let page = try client.call("build.list", ["limit": 2, "cursor": from])
      found += page["builds"]?.arrayValue?.map { $0.text("buildId") } ?? []
      cursor = page["nextCursor"]
    }
    #expect(found == ids)
    #expect(try client.call("build.list", ["states": ["succeeded"]])["builds"] == [])
    #expect(try client.error("build.list", ["cursor": "x"]).detail["path"] == "/cursor")
  }

  private func files(in path: String) throws -> [String] {
    let directory = try #require(opendir(path))
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names.filter { $0 != "." && $0 != ".." }
  }
}
