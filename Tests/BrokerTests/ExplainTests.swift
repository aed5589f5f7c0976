import Glibc
import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

/// `build.explain` over a real socket.
struct ExplainTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func build(_ context: String, _ more: JSONObject = [:]) throws -> String {
    var params: JSONObject = ["context": .string(context)]
    for member in more.members { params[member.name] = member.value }
    return try fixture.build(params).text("buildId")
  }

  private func explain(_ build: String, against: String? = nil) throws -> JSONValue {
    var params: JSONObject = ["buildId": .string(build)]
    if let against { params["against"] = .string(against) }
    return try fixture.connect().call("build.explain", params)
  }

  private static let noFiles: JSONValue = [
    "added": [], "removed": [], "changed": [], "addedCount": 0, "removedCount": 0, "changedCount": 0,
  ]

  @Test func filesThatChangedSinceTheBuildBeforeAreTold() throws {
    let context = try fixture.context()
    let first = try build(context)
    try TemporaryDirectory.write("b", to: context + "/a")
    try TemporaryDirectory.write("", to: context + "/new")
    let second = try build(context)
    let answer = try explain(second)
    #expect(answer["buildId"] == .string(second) && answer["against"] == .string(first))
    #expect(
      answer["files"] == [
        "added": ["new"], "removed": [], "changed": [["path": "a", "what": ["contents"]]], "addedCount": 1,
        "removedCount": 0, "changedCount": 1,
      ])
    #expect(answer["same"] == false && answer["joined"] == false)
    #expect(answer["options"] == [] && answer["base"] == [] && answer["unknown"] == nil)
    let builds = try [first, second].map { try fixture.connect().call("build.get", ["buildId": .string($0)]) }
    #expect(
      answer["contextDigest"] == [
        "before": try #require(builds[0]["contextDigest"]), "after": try #require(builds[1]["contextDigest"]),
      ])
    #expect(answer["againstCreatedAtMs"] == builds[0]["createdAtMs"])
    // The other way round, what was added is removed.
    let back = try explain(first, against: second)
    #expect(back["files"]?["removed"] == ["new"] && back["files"]?["added"] == [])
  }

  @Test func equalBuildIsTheSameAndJoinedWhereItSharedItsExecution() throws {
    let gate = try FakeGate(fixture)
    let context = try fixture.context()
    let client = try fixture.connect()
    let params: JSONObject = ["context": .string(context)]
    let first = try client.call("build", params).text("buildId")
    try gate.begun.wait()
    let second = try client.call("build", params).text("buildId")
    try fixture.waitUntil { $0.builds[second]?.execution != nil }
    let shared = try explain(second)
    #expect(shared["same"] == true && shared["joined"] == true && shared["against"] == .string(first))
    #expect(shared["files"] == Self.noFiles)
    gate.open()
    for id in [first, second] { _ = try client.call("build.wait", ["buildId": .string(id)]) }
    let third = try explain(try build(context))
    #expect(third["same"] == true && third["joined"] == false && third["against"] == .string(second))
  }

  @Test(
    arguments: [
      (
        ["buildArgs": ["V": "1", "S": "2"]], ["buildArgs": ["V": "2", "T": "2"]],
        ["buildArgs.S", "buildArgs.T", "buildArgs.V"]
      ),
      (["labels": ["a": "1"]], ["labels": ["a": ""]], ["labels.a"]),
      (["noCache": true], ["pull": true], ["noCache", "pull"]), (["target": "x"], [:], ["target"]),
      (["platform": "linux/arm64"], [:], ["platform"]), (["network": "none"], ["network": "host"], ["network"]),
      (["extraHosts": ["a:1.2.3.4"]], [:], ["extraHosts"]), (["cacheFrom": ["a"]], ["cacheFrom": ["b"]], ["cacheFrom"]),
      (["builder": "classic"], ["builder": "buildkit"], ["builder"]), (["network": "default"], [:], []),
      (["tags": ["a"], "annotations": ["a": "b"], "timeoutMs": 100_000], ["dedupe": "never"], []),
    ] as [(JSONObject, JSONObject, [String])])
  func optionsThatDifferAreNamed(before: JSONObject, after: JSONObject, names: [String]) throws {
    let context = try fixture.context(["Dockerfile": "FROM scratch AS x\nCOPY a /\n", "a": "a"])
    let first = try build(context, before)
    let answer = try explain(try build(context, after))
    #expect(answer["against"] == .string(first))
    #expect(answer["options"] == .array(names.map(JSONValue.string)))
    #expect(answer["optionCount"] == .integer(Int64(names.count)))
    #expect(answer["same"] == .bool(names.isEmpty))
    #expect(answer["files"] == Self.noFiles)
  }

  /// Values are secrets as often as not; the broker only knows that they differ.
  @Test func loginsMatterWhereTheirRegistryDoesAndAreNeverShown() throws {
    fixture.images["r.example/base"] = "sha256:base"
    let context = try fixture.context(["Dockerfile": "FROM r.example/base\n"])
    func login(_ server: String, _ password: String) -> JSONObject {
      ["registryAuth": [["server": .string(server), "username": "u", "password": .string(password)]]]
    }
    _ = try build(context, login("r.example", "one"))
    let answer = try explain(try build(context, login("r.example", "two")))
    #expect(answer["options"] == ["registryAuth"])
    _ = try build(context, login("other.example", "one"))
    #expect(try explain(try build(context, login("other.example", "two")))["same"] == true)
    #expect(!String(decoding: JSONWriter.bytes(of: answer), as: UTF8.self).contains("two"))
  }

  @Test func baseImageThatMovedIsTold() throws {
    fixture.images["base"] = "sha256:old"
    let context = try fixture.context(["Dockerfile": "FROM base\n"])
    _ = try build(context)
    fixture.images["base"] = "sha256:new"
    let answer = try explain(try build(context))
    #expect(answer["base"] == [["image": "base", "before": "sha256:old", "after": "sha256:new"]])
    #expect(answer["baseCount"] == 1 && answer["same"] == false && answer["options"] == [])
  }

  /// What counts is what the work used, not what was there when it was asked for.
  @Test func baseImageThatWasPulledForTheBuildBeforeIsTheSame() throws {
    fixture.engine.on("POST /images/create") { [images = fixture.images] exchange in
      images["base"] = "sha256:pulled"
      try exchange.respond(json: ["status": "Pull complete", "id": "x"])
    }
    let context = try fixture.context(["Dockerfile": "FROM base\n"])
    _ = try build(context)
    try #require(fixture.images["base"] == "sha256:pulled")
    let answer = try explain(try build(context))
    #expect(answer["base"] == [] && answer["same"] == true)
  }

  // MARK: Which build is the one before

  @Test func buildBeforeIsThatOfTheSameDirectoryAndDockerfile() throws {
    let files = ["Dockerfile": "FROM scratch\n", "Other": "FROM scratch\n"]
    let (one, two) = (try fixture.context(files), try fixture.context(files))
    let first = try build(one)
    #expect(try explain(first) == ["buildId": .string(first), "unknown": "first"])
    _ = try build(two)
    let other = try build(one, ["dockerfile": "Other"])
    #expect(try explain(other)["unknown"] == "first")
    let text = try build(one, ["dockerfileText": "FROM scratch\n"])
    #expect(try explain(text)["unknown"] == "first")
    // However the directory is written.
    #expect(try explain(try build(one + "//"))["against"] == .string(first))
    #expect(try explain(try build(one, ["dockerfile": "Other"]))["against"] == .string(other))
    let changed = try explain(try build(one, ["dockerfileText": "FROM scratch\n#\n"]))
    #expect(changed["against"] == .string(text))
    #expect(changed["options"] == ["dockerfileText"])
    #expect(try explain(other, against: first)["options"] == ["dockerfile"])
  }

  @Test func buildThatFailedOrWasCancelledCountsIfItsContextWasRead() throws {
    let context = try fixture.context()
    let failed = try build(context, ["target": "none"])
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.respond(status: 500, json: ["message": "no"])
    }
    let broken = try build(context)
    #expect(try explain(broken)["against"] == .string(failed))
    try #require(unlink(context + "/Dockerfile") == 0)
    let unread = try build(context)
    #expect(try explain(unread) == ["buildId": .string(unread), "unknown": "build"])
    #expect(try explain(broken, against: unread) == ["buildId": .string(broken), "unknown": "against"])
    try TemporaryDirectory.write("FROM scratch\nCOPY a /\n", to: context + "/Dockerfile")
    #expect(try explain(try build(context))["against"] == .string(broken))
  }

  @Test func buildWithoutADirectoryIsComparedWithWhatIsNamed() throws {
    let inline: JSONObject = ["context": ["kind": "inline"], "dockerfileText": "FROM scratch\n"]
    let first = try fixture.build(inline).text("buildId")
    let second = try fixture.build(inline).text("buildId")
    #expect(try explain(second) == ["buildId": .string(second), "unknown": "path"])
    #expect(try explain(second, against: first)["same"] == true)
    // An archive of a tree is the tree.
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let archive = TestArchive.tar()
    try #require(write(ends[1], archive, archive.count) == archive.count)
    close(ends[1])
    let client = try fixture.connect()
    let id = try client.request(
      "build", ["context": ["kind": "fd", "fd": 0, "format": "tar"], "wait": true, "events": false],
      descriptors: [ends[0]])
    close(ends[0])
    let sent = try #require(try client.answer(to: id).answer["result"]).text("buildId")
    #expect(try explain(sent)["unknown"] == "path")
    #expect(try explain(sent, against: try build(try fixture.context()))["same"] == true)
    #expect(try explain(sent, against: first)["files"]?["added"]?.arrayValue?.contains("a") == true)
  }

  @Test func buildsOfOthersLookLikeNone() throws {
    let context = try fixture.context()
    let own = try build(context)
    let client = try fixture.connect()
    #expect(try client.error("build.explain", ["buildId": "nope"]).code == 1201)
    #expect(try client.error("build.explain", ["buildId": .string(own), "against": "nope"]).code == 1201)
    #expect(try client.error("build.explain", ["buildId": .string(own), "against": ""]).code == -32602)
    #expect(try client.error("build.explain", ["buildId": .string(own), "other": 1]).code == -32602)
  }

  /// Root, who sees all builds, gets no other user's for the one before.
  @Test func buildBeforeIsOneOfTheSameUser() throws {
    let context = try fixture.context()
    let first = try build(context)
    let second = try build(context)
    try fixture.inside { broker in
      guard let build = broker.builds[first] else { return }
      let foreign = BuildRecord(
        id: build.id, number: build.number, ownerUID: build.ownerUID + 1, params: build.params,
        input: .inline, network: build.network, createdAtMs: build.createdAtMs)
      foreign.inputs = build.inputs
      broker.builds[first] = foreign
    }
    #expect(try explain(second)["unknown"] == "first")
  }

  // MARK: Manifests

  private var manifests: [String] {
    var names: [String] = []
    guard let directory = opendir(fixture.broker.state.manifests) else { return [] }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  @Test func manifestThatIsGoneLeavesTheRest() throws {
    let context = try fixture.context()
    _ = try build(context)
    try TemporaryDirectory.write("b", to: context + "/a")
    let second = try build(context, ["noCache": true])
    try #require(try explain(second)["files"] != nil)
    for name in manifests { try TemporaryDirectory.write("nonsense", to: "\(fixture.broker.state.manifests)/\(name)") }
    let answer = try explain(second)
    #expect(answer["unknown"] == "manifest" && answer["files"] == nil)
    #expect(answer["same"] == false && answer["options"] == ["noCache"])
    #expect(try explain(second)["unknown"] == "manifest")
  }

  @Test func manifestsAreKeptAsLongAsTheBuildsAndNoMoreThanFit() throws {
    let fixture = try BrokerFixture { $0.rememberedBuilds = 2 }
    let context = try fixture.context()
    for number in 1...5 {
      try TemporaryDirectory.write("\(number)", to: context + "/a")
      _ = try fixture.build(["context": .string(context)])
      _ = try fixture.build(["context": .string(context), "noCache": true])
    }
    // The comparison comes behind what was to be removed.
    let ids = try fixture.inside { $0.history }
    _ = try fixture.connect().call("build.explain", ["buildId": .string(ids[0]), "against": .string(ids[1])])
    let used = try fixture.inside { $0.manifests.used }
    let all = try RunningProgram.output(of: ["ls", fixture.broker.state.manifests]).split(separator: "\n")
    #expect(all.count == 1 && used > 0)

    let small = try BrokerFixture { $0.rememberedManifestBytes = used + used / 2 }
    let ends = try (1...3).map { number in
      try TemporaryDirectory.write("\(number)", to: context + "/a")
      return try small.build(["context": .string(context)]).text("buildId")
    }
    let answer = try small.connect().call("build.explain", ["buildId": .string(ends[2])])
    #expect(answer["unknown"] == "manifest" && answer["against"] == .string(ends[1]))
    #expect(try small.inside { $0.manifests.used } <= used + used / 2)
  }

  @Test func nothingIsLeftWhenTheBrokerHasEnded() throws {
    _ = try build(try fixture.context())
    _ = try explain(try build(try fixture.context(["Dockerfile": "FROM scratch\n"])))
    try #require(!manifests.isEmpty)
    try fixture.shutDown().wait()
    #expect(manifests == [])
  }

  @Test func buildGoesOnWhereManifestsCannotBeKept() throws {
    try #require(rmdir(fixture.broker.state.manifests) == 0)
    let context = try fixture.context()
    #expect(try fixture.build(["context": .string(context)])["state"] == "succeeded")
    try TemporaryDirectory.write("b", to: context + "/a")
    #expect(try explain(try build(context))["unknown"] == "manifest")
  }

  // MARK: The request

  /// A comparison that waits behind what the manifests' thread is at.
  @Test func cancelledRequestIsAnsweredOnceAndItsIdIsFree() throws {
    let context = try fixture.context()
    let first = try build(context)
    try TemporaryDirectory.write("b", to: context + "/a")
    let second = try build(context)
    let held = try FakeEngineGate()
    let isHeld = try FakeEngineGate()
    try fixture.inside { broker in
      broker.manifests.compare("", "", interrupted: { false }) { _ in
        isHeld.open()
        do { try held.wait() } catch { Issue.record("\(error)") }
      }
    }
    try isHeld.wait()
    let client = try fixture.connect()
    let request: JSONValue = [
      "jsonrpc": "2.0", "id": "again", "method": "build.explain", "params": ["buildId": .string(second)],
    ]
    try client.send(request)
    try client.notify("$/cancelRequest", ["id": "again"])
    #expect(try client.next()["error"]?.code == -32800)
    try client.send(request)
    held.open()
    let answer = try client.next()
    #expect(answer["id"] == "again" && answer["result"]?["against"] == .string(first))
    #expect(answer["result"]?["files"]?["changedCount"] == 1)
    #expect(try client.call("broker.ping")["echo"] == .null)
  }

  @Test func answerIsNeverPartOfABatch() throws {
    let client = try fixture.connect()
    try client.send([["jsonrpc": "2.0", "id": 1, "method": "build.explain", "params": ["buildId": "a"]]])
    #expect(try client.next().arrayValue?.first?["error"]?.code == -32602)
  }

  /// Names of arguments are as long as a message lets them be.
  @Test func listsOfOptionsAreBounded() throws {
    let context = try fixture.context()
    _ = try build(context)
    func arguments(_ count: Int, length: Int) -> JSONObject {
      var arguments = JSONObject()
      for number in 0..<count {
        arguments["\(number)" + String(repeating: "\u{1}", count: length)] = ""
      }
      return ["buildArgs": .object(arguments)]
    }
    let many = try explain(try build(context, arguments(1_010, length: 1)))
    #expect(many["options"]?.arrayValue?.count == 1_000 && many["optionCount"] == 1_010)
    let long = try explain(try build(context, arguments(100, length: 2_000)))
    let names = long["options"]?.arrayValue ?? []
    #expect(long["optionCount"] == 1_110)
    #expect(names.reduce(0) { $0 + ($1.stringValue?.utf8.count ?? 0) } <= 102_400)
    #expect(!names.isEmpty)
  }
}
