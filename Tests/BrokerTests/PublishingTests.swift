import BuildScheduling
import JSON
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

/// What follows a build's success: its tags, and their push.
struct PublishingTests {
  private static let digest = "sha256:" + String(repeating: "cd", count: 32)
  private let fixture: BrokerFixture

  init() throws {
    fixture = try BrokerFixture()
    fixture.engine.on("POST /images/*/push") { exchange in
      try exchange.beginChunked()
      try exchange.record(["status": "Pushing", "id": "layer", "progressDetail": ["current": 1, "total": 2]])
      let tag = exchange.request.parameter("tag") ?? ""
      try exchange.record(["status": .string("\(tag): digest: \(Self.digest) size: 1")])
      try exchange.endChunked()
    }
  }

  private func params(_ tags: JSONValue, push: Bool = true) throws -> JSONObject {
    ["context": .string(try fixture.context()), "tags": tags, "push": .bool(push)]
  }

  @Test func everyTagIsAppliedAndThenPushedUnderItsName() throws {
    let build = try fixture.build(try params(["r.example/a:1", "b"]))
    #expect(build["state"] == "succeeded", "\(build)")
    let tags = build["result"]?["tags"]?.arrayValue ?? []
    #expect(tags.map { $0["tag"] } == ["r.example/a:1", "b:latest"])
    #expect(tags.allSatisfy { $0["ok"] == true && $0["pushed"] == true && $0["digest"] == .string(Self.digest) })
    let order = fixture.engine.requests.map(\.path).filter { $0.hasSuffix("/tag") || $0.hasSuffix("/push") }
    #expect(order.suffix(2) == ["/images/r.example/a/push", "/images/docker.io/library/b/push"])
    #expect(order.count == 4)
  }

  @Test func nameThatAnotherImageHasByThenIsNotPushed() throws {
    let images = fixture.images
    fixture.engine.on("POST /images/*/tag") { exchange in
      images["docker.io/library/a:latest"] = "sha256:other"
      try exchange.respond(status: 201)
    }
    let build = try fixture.build(try params(["a"]))
    #expect(build["error"]?.code == 1509)
    #expect(build["result"]?["tags"]?.arrayValue?.map { $0["pushed"] } == [false])
    #expect(fixture.engine.requests("POST /images/*/push").isEmpty)
  }

  @Test func buildsWithOneNameGiveItOneAfterTheOther() throws {
    let first = try FakeEngineGate()
    let mayTag = try FakeEngineGate()
    let open = Counter()
    fixture.engine.on("POST /images/*/tag") { exchange in
      if open.next() == 1 {
        first.open()
        try exchange.wait(for: mayTag)
      }
      try exchange.respond(status: 201)
    }
    let client = try fixture.connect()
    var ids: [JSONValue] = []
    for name in ["x", "y"] {
      let context = try fixture.context(["Dockerfile": "FROM scratch\n", "name": name])
      ids.append(
        try client.call("build", ["context": .string(context), "tags": ["same", .string(name)]])["buildId"] ?? .null)
      if name == "x" { try first.wait() }
    }
    let waiting = try #require(ids.last?.stringValue)
    try fixture.waitUntil { $0.publications.isWaiting(BuildID(waiting)) }
    mayTag.open()
    for id in ids { #expect(try client.call("build.wait", ["buildId": id])["state"] == "succeeded") }
    #expect(
      fixture.engine.requests("POST /images/*/tag").compactMap { $0.parameter("repo") }
        == ["same", "x", "same", "y"].map { "docker.io/library/\($0)" })
  }

  @Test func cancelStopsAPushAndTheBuildIsCancelled() throws {
    let pushing = try FakeEngineGate()
    let stopped = try FakeEngineGate()
    fixture.engine.on("POST /images/*/push") { exchange in
      try exchange.beginChunked()
      pushing.open()
      try exchange.waitForDisconnect()
      stopped.open()
    }
    let client = try fixture.connect()
    let id = try client.call("build", try params(["a"]))["buildId"] ?? .null
    try pushing.wait()
    #expect(try client.call("cancel", ["buildId": id])["outcome"] == "stopping")
    #expect(try client.call("build.wait", ["buildId": id])["state"] == "cancelled")
    try stopped.wait()
    #expect(try fixture.inside { $0.publications.isIdle })
  }

  @Test func endedBuildsTagsArePushedOnDemandByTheirOwnNamesOnly() throws {
    let build = try fixture.build(try params(["a", "b"], push: false))
    let id = build["buildId"] ?? .null
    let client = try fixture.connect()
    let pushed = try client.call("build.push", ["buildId": id, "tags": ["b"]])
    #expect(pushed["tags"]?.arrayValue?.map { $0["tag"] } == ["b:latest"])
    #expect(pushed["tags"]?.arrayValue?.map { $0["digest"] } == [.string(Self.digest)])
    #expect(try client.call("build.push", ["buildId": id])["tags"]?.arrayValue?.count == 2)
    #expect(try client.error("build.push", ["buildId": id, "tags": ["other"]]).detail["path"] == "/tags")
    #expect(try client.error("build.push", ["buildId": "x"]).code == 1201)
  }

  @Test func pushOnDemandEndsWithItsRequestItsConnectionAndABrokerThatCancels() throws {
    let id = try fixture.build(try params(["a"], push: false))["buildId"] ?? .null
    let (pushing, stopped) = (Counter(), Counter())
    fixture.engine.on("POST /images/*/push") { exchange in
      try exchange.beginChunked()
      _ = pushing.next()
      try exchange.waitForDisconnect()
      _ = stopped.next()
    }
    let client = try fixture.connect()
    let request = try client.request("build.push", ["buildId": id])
    try fixture.waitUntil { _ in pushing.value == 1 }
    try client.notify("$/cancelRequest", ["id": .integer(request)])
    #expect(try client.next()["error"]?.code == -32800)
    try fixture.waitUntil { _ in stopped.value == 1 }
    try client.request("build.push", ["buildId": id])
    try fixture.waitUntil { _ in pushing.value == 2 }
    client.close()
    try fixture.waitUntil { _ in stopped.value == 2 }
    let last = try fixture.connect()
    try last.request("build.push", ["buildId": id])
    try fixture.waitUntil { _ in pushing.value == 3 }
    try fixture.shutDown(.cancel).wait()
    #expect(try last.readToEnd().map { $0["error"]?.code } == [1005])
    try fixture.waitUntil { _ in stopped.value == 3 }
  }

  @Test func progressOfAPushIsToldToThoseWhoWantIt() throws {
    var params = try params(["a"])
    params["wait"] = true
    params["progress"] = true
    let transcript = try fixture.connect().only("build", params)
    let items = transcript.messages.filter { $0.method == "build.progress" }
      .flatMap { $0.params["items"]?.arrayValue ?? [] }
    #expect(items.contains { $0.text("itemId") == "a:latest/layer" }, "\(transcript.kinds)")
    #expect(transcript.kinds.suffix(2) == ["logs.end", "answer"])
    transcript.expectWholeLog()
    let without = try fixture.connect().only(
      "build", ["context": .string(try fixture.context()), "tags": ["a"], "push": true, "wait": true])
    #expect(!without.kinds.contains("build.progress"))
  }
}
