import Glibc
import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

/// Whose a build is: of a connection, of none, of a request that is repeated, of a word.
struct OwnershipTests {
  private let fixture: BrokerFixture
  private let gate: FakeGate

  init() throws {
    fixture = try BrokerFixture()
    gate = try FakeGate(fixture)
  }

  private func state(_ id: String) throws -> JSONValue {
    try fixture.connect().call("build.get", ["buildId": .string(id)])
  }

  // MARK: build.detach

  @Test func detachedBuildOutlivesItsConnection() throws {
    let owner = try fixture.connect()
    let id = try gate.startBuild(owner, ["onDisconnect": "cancel", "graceMs": 0])
    #expect(try state(id)["attached"] == true)
    let answer = try fixture.connect().call("build.detach", ["buildId": .string(id)])
    #expect(answer["attached"] == false)
    #expect(answer["onDisconnect"] == "keep")
    owner.close()
    try fixture.waitUntil { $0.sessions.isEmpty }
    gate.open()
    #expect(try fixture.connect().call("build.wait", ["buildId": .string(id)])["state"] == "succeeded")
  }

  @Test func buildIsDetachedInItsGraceTime() throws {
    let owner = try fixture.connect()
    let id = try gate.startBuild(owner, ["onDisconnect": "cancel", "graceMs": 3_600_000])
    owner.close()
    try fixture.waitUntil { $0.builds[id]?.graceTimer != nil }
    _ = try fixture.connect().call("build.detach", ["buildId": .string(id)])
    #expect(try fixture.inside { $0.builds[id]?.graceTimer == nil })
    gate.open()
    #expect(try fixture.connect().call("build.wait", ["buildId": .string(id)])["state"] == "succeeded")
  }

  /// Nothing of it depends on the connection any more, so that one which said it has no more requests is done.
  @Test func connectionOfADetachedBuildEnds() throws {
    let owner = try fixture.connect()
    let id = try gate.startBuild(owner, ["onDisconnect": "cancel"])
    owner.endInput()
    try fixture.waitUntil { broker in
      broker.sessions.values.contains { if case .inputEnded = $0.phase { true } else { false } }
    }
    _ = try fixture.connect().call("build.detach", ["buildId": .string(id)])
    #expect(try owner.readToEnd().isEmpty)
    gate.open()
  }

  @Test func detachingWhatHasEndedChangesNothing() throws {
    gate.open()
    let build = try fixture.build(["context": .string(try fixture.context())])
    let id = build["buildId"] ?? .null
    #expect(try fixture.connect().call("build.detach", ["buildId": id]) == build)
    #expect(try fixture.connect().error("build.detach", ["buildId": "nope"]).name == "BuildNotFound")
  }

  // MARK: clientToken

  @Test func repeatedRequestGivesTheSameBuildBack() throws {
    let params: JSONObject = ["context": .string(try fixture.context()), "clientToken": "save-7"]
    let first = try fixture.connect().call("build", params)
    try gate.begun.wait()
    let second = try fixture.connect().call("build", params)
    #expect(second["buildId"] == first["buildId"])
    #expect(second["executionId"]?.stringValue != nil)
    #expect(second["joined"] == false)
    var waiting = params
    waiting["wait"] = true
    let client = try fixture.connect()
    try client.request("build", waiting)
    #expect(try client.next().method == "build.accepted")
    gate.open()
    client.endInput()
    let transcript = Transcript(messages: try client.readToEnd())
    transcript.expectWholeLog()
    #expect(transcript.answers.first?["result"]?["buildId"] == first["buildId"])
    // And after its end.
    let late = try fixture.connect().only("build", waiting)
    late.expectWholeLog()
    #expect(late.answers.first?["result"]?["state"] == "succeeded")
    waiting["events"] = false
    #expect(try fixture.connect().call("build", waiting)["buildId"] == first["buildId"])
    #expect(fixture.engine.builds.count == 1)
  }

  @Test func tokenOfAnotherBuildIsRefused() throws {
    gate.open()
    let client = try fixture.connect()
    let context = JSONValue.string(try fixture.context())
    let id = try client.call("build", ["context": context, "clientToken": "t"]).text("buildId")
    let error = try client.error("build", ["context": context, "clientToken": "t", "noCache": true])
    #expect(error.code == 1011)
    #expect(error.name == "ClientTokenReused")
    #expect(error["data"]?.text("buildId") == id)
    #expect(try client.call("build.list")["builds"]?.arrayValue?.count == 1)
  }

  @Test func repeatedRequestTakesTheBuildOverFromALostConnection() throws {
    let params: JSONObject = [
      "context": .string(try fixture.context()), "clientToken": "t", "onDisconnect": "cancel", "graceMs": 3_600_000,
    ]
    let lost = try fixture.connect()
    let id = try lost.call("build", params).text("buildId")
    lost.close()
    try fixture.waitUntil { $0.builds[id]?.graceTimer != nil }
    let again = try fixture.connect()
    var impatient = params
    impatient["graceMs"] = 0
    #expect(try again.call("build", impatient).text("buildId") == id)
    #expect(try fixture.inside { $0.builds[id]?.graceTimer == nil && $0.builds[id]?.attachedTo != nil })
    again.close()
    #expect(try fixture.connect().call("build.wait", ["buildId": .string(id)])["error"]?.detail["by"] == "disconnect")
  }

  // MARK: supersedes

  @Test func newerBuildTakesThePlaceOfOlderOnes() throws {
    let client = try fixture.connect()
    let old = try gate.startBuild(client, ["supersedes": "editor"])
    // What comes later ends at once, whatever happens to the first.
    fixture.engine.script(images: fixture.images)
    let other = try client.call(
      "build", ["context": .string(try fixture.context()), "supersedes": "other", "dedupe": "never"]
    ).text("buildId")
    let new = try client.call(
      "build", ["context": .string(try fixture.context()), "supersedes": "editor", "noCache": true]
    ).text("buildId")
    let ended = try client.call("build.wait", ["buildId": .string(old)])
    #expect(ended["state"] == "cancelled")
    #expect(ended["error"]?.detail["by"] == "superseded")
    #expect(ended["error"]?.detail["reason"] == .string("superseded by \(new)"))
    for id in [other, new] {
      #expect(try client.call("build.wait", ["buildId": .string(id)])["state"] == "succeeded", "\(id)")
    }
  }

  /// What is saved again without a change is not done again.
  @Test func equalWorkGoesOnForTheNewerBuild() throws {
    let client = try fixture.connect()
    let old = try gate.startBuild(client, ["supersedes": "editor"])
    let new = try client.call("build", ["context": .string(try fixture.context()), "supersedes": "editor"])
      .text("buildId")
    #expect(try client.call("build.wait", ["buildId": .string(old)])["state"] == "cancelled")
    gate.open()
    let ended = try client.call("build.wait", ["buildId": .string(new)])
    #expect(ended["state"] == "succeeded")
    #expect(ended["joined"] == true)
    #expect(fixture.engine.builds.count == 1)
    #expect(fixture.engine.requests("POST /build/cancel").isEmpty)
  }

  @Test func newerBuildThatCannotBeReadTakesThePlaceAllTheSame() throws {
    let client = try fixture.connect()
    let old = try gate.startBuild(client, ["supersedes": "editor"])
    let new = try client.call("build", ["context": "/nonexistent", "supersedes": "editor"]).text("buildId")
    #expect(try client.call("build.wait", ["buildId": .string(new)])["error"]?.name == "ContextNotFound")
    #expect(try client.call("build.wait", ["buildId": .string(old)])["state"] == "cancelled")
  }

  @Test(arguments: ["clientToken", "supersedes"], ["", String(repeating: "x", count: 129)])
  func wordsHaveBounds(name: String, word: String) throws {
    let error = try fixture.connect().error("build", ["context": "/", name: .string(word)])
    #expect(error.detail["path"] == .string("/" + name))
  }

  @Test func buildThatWasCancelledTakesNobodysPlace() throws {
    let client = try fixture.connect()
    let old = try gate.startBuild(client, ["supersedes": "editor"])
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    let request = try client.request(
      "build", ["context": ["kind": "fd", "fd": 0, "format": "tar"], "supersedes": "editor"], descriptors: [ends[0]])
    close(ends[0])
    defer { close(ends[1]) }
    let new = try client.answer(to: request).answer["result"]?["buildId"] ?? .null
    _ = try client.call("cancel", ["buildId": new])
    // Once nobody reads the pipe, the broker has heard that the reading has ended.
    var entry = pollfd(fd: ends[1], events: 0, revents: 0)
    #expect(poll(&entry, 1, 10_000) == 1)
    try fixture.waitUntil { $0.builds.values.allSatisfy { $0.measuring == nil } }
    #expect(try state(old)["state"] == "running")
    gate.open()
    #expect(try client.call("build.wait", ["buildId": .string(old)])["state"] == "succeeded")
  }
}
