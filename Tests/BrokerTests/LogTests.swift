import BuildLog
import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

/// Readers of a log: Protocol/README.md, "Logs".
struct LogTests {
  private let fixture: BrokerFixture
  private let gate: FakeGate
  private let client: WireClient
  private let build: JSONValue

  /// A build that has said two lines and waits.
  init() throws {
    fixture = try BrokerFixture()
    gate = try FakeGate(fixture)
    client = try fixture.connect()
    let id = try gate.startBuild(client)
    // running, started, one, two, done
    try fixture.waitUntil { $0.builds[id]?.execution?.log.lastSeq == 5 }
    build = .string(id)
  }

  @Test func subscriptionIsAnsweredFirstAndGetsTheLogFromWhereItWants() throws {
    let id = try client.request("logs.subscribe", ["buildId": build, "from": 3])
    let (answer, before) = try client.answer(to: id)
    #expect(before == [])
    let result = try #require(answer["result"])
    #expect(
      result.objectValue?.members.map(\.name) == ["subscriptionId", "nextSeq", "earliestSeq", "lastSeq", "state"])
    #expect([result["nextSeq"], result["earliestSeq"], result["lastSeq"], result["state"]] == [3, 1, 5, "running"])
    gate.open()
    let transcript = try client.readLog(of: result.text("subscriptionId"))
    #expect(transcript.numbers == [3, 4, 5, 6, 7])
    #expect(transcript.ends.first?["nextSeq"] == 8)
    #expect(transcript.ends.first?["reason"] == "finished")
    for message in transcript.messages where message.method == "logs.event" {
      #expect(message.params.number("nextSeq") == (message.params["events"]?.arrayValue?.last?.number("seq") ?? 0) + 1)
    }
  }

  @Test func subscriptionThatDoesNotFollowEndsWithWhatIsThere() throws {
    let id = try client.call("logs.subscribe", ["buildId": build, "follow": false]).text("subscriptionId")
    let transcript = try client.readLog(of: id)
    #expect(transcript.numbers == [1, 2, 3, 4, 5])
    #expect(transcript.ends.first?["state"] == "running")
    gate.open()
    _ = try client.call("build.wait", ["buildId": build])
    let again = try client.call("logs.subscribe", ["buildId": build, "from": 8, "follow": false]).text("subscriptionId")
    #expect(try client.readLog(of: again).kinds == ["logs.end"])
  }

  @Test func subscriptionThatDoesNotFollowShowsNothingThatCameAfterIt() throws {
    let (session, limit) = try fixture.inside { broker -> (SessionID, Int64) in
      let session = broker.sessions.keys.first ?? SessionID(number: 0)
      return (session, 3)
    }
    let id = try #require(build.stringValue)
    try fixture.inside { broker in
      guard let session = broker.sessions[session], let build = broker.builds[id] else { return }
      _ = broker.follow(build, in: session, lastWanted: limit)
    }
    let messages = try client.notifications { $0.method == "logs.end" }
    #expect(Transcript(messages: messages).numbers == [1, 2, 3])
  }

  // running, started, one, two, done; then ended, result.
  @Test(arguments: [(0, 6, [6, 7]), (1, 4, [4, 5, 6, 7]), (2, 3, [3, 4, 5, 6, 7]), (3, 1, [1, 2, 3, 4, 5, 6, 7])])
  func tailStartsWithTheLastLines(count: Int64, from: Int64, numbers: [Int64]) throws {
    let result = try client.call("logs.subscribe", ["buildId": build, "tail": .integer(count)])
    #expect(result["nextSeq"] == .integer(from))
    gate.open()
    #expect(try client.readLog(of: result.text("subscriptionId")).numbers == numbers)
  }

  @Test func onlyWantedKindsAreSentAndTheEndSaysWhatWasPassedOver() throws {
    let params: JSONObject = ["buildId": build, "kinds": ["log"]]
    let id = try client.call("logs.subscribe", params).text("subscriptionId")
    gate.open()
    let transcript = try client.readLog(of: id)
    #expect(transcript.lines == ["one", "two"] && transcript.numbers == [3, 4])
    #expect(transcript.ends.first?["nextSeq"] == 8)
    let results = try client.call("logs.subscribe", ["buildId": build, "kinds": ["state", "result"]])
    let rest = try client.readLog(of: results.text("subscriptionId"))
    #expect(rest.numbers == [1, 6, 7])
    for message in transcript.messages + rest.messages where message.method == "logs.event" {
      #expect(message.params["events"]?.arrayValue?.isEmpty == false)
    }
  }

  @Test func pageThatIsAwaitedHoldsWantedKindsOnly() throws {
    let now = try client.call("logs.read", ["buildId": build, "from": 1, "kinds": ["result"]])
    #expect([now["events"], now["nextSeq"], now["end"]] == [[], 6, false])
    let params: JSONObject = ["buildId": build, "from": 1, "kinds": ["result"], "waitMs": 30_000]
    let waiting = try client.request("logs.read", params)
    _ = try client.call("broker.ping")
    gate.open()
    let answer = try client.answer(to: waiting).answer["result"]
    #expect(answer?["events"]?.arrayValue?.map { $0.number("seq") } == [7])
    #expect(answer?["nextSeq"] == 8)
  }

  @Test func placeBeyondTheNextEventIsRefused() throws {
    for method in ["logs.subscribe", "logs.read"] {
      #expect(try client.error(method, ["buildId": build, "from": 7]).detail["path"] == "/from")
      #expect(try client.error(method, ["buildId": build, "from": 0]).code == -32602)
      #expect(try client.error(method, ["buildId": "x", "from": 1]).code == 1201)
    }
  }

  @Test func pageIsReadAtOnceOrAwaited() throws {
    let page = try client.call("logs.read", ["buildId": build, "from": 1])
    #expect(page["events"]?.arrayValue?.map { $0.number("seq") } == [1, 2, 3, 4, 5])
    #expect([page["nextSeq"], page["end"], page["state"]] == [6, false, "running"])
    let small = try client.call("logs.read", ["buildId": build, "from": 1, "maxBytes": 1])
    #expect(small["events"]?.arrayValue?.map { $0.number("seq") } == [1])
    let empty = try client.call("logs.read", ["buildId": build, "from": 6])
    #expect([empty["events"], empty["nextSeq"], empty["end"]] == [[], 6, false])
    let late = try client.call("logs.read", ["buildId": build, "from": 6, "waitMs": 1])
    #expect(late["events"] == [])
    let waiting = try client.request("logs.read", ["buildId": build, "from": 6, "waitMs": 30_000])
    _ = try client.call("broker.ping")
    gate.open()
    let answer = try client.answer(to: waiting).answer["result"]
    #expect(answer?["events"]?.arrayValue?.first?.number("seq") == 6)
    _ = try client.call("build.wait", ["buildId": build])
    let rest = try client.call("logs.read", ["buildId": build, "from": 8, "waitMs": 30_000])
    #expect([rest["events"], rest["end"], rest["state"]] == [[], true, "succeeded"])
  }

  @Test func afterAnUnsubscribeIsAnsweredNothingOfItFollows() throws {
    let subscription = try client.call("logs.subscribe", ["buildId": build]).text("subscriptionId")
    let id = try client.request("logs.unsubscribe", ["subscriptionId": .string(subscription)])
    let (answer, before) = try client.answer(to: id)
    let transcript = Transcript(messages: before)
    #expect(transcript.ends.map { $0.text("reason") } == ["unsubscribed"])
    #expect(answer["result"]?["nextSeq"] == transcript.ends.first?["nextSeq"])
    #expect(transcript.numbers == (1..<(answer["result"]?.number("nextSeq") ?? 0)).map { $0 })
    gate.open()
    let waited = try client.answer(to: try client.request("build.wait", ["buildId": build]))
    #expect(waited.before == [])
    #expect(try client.error("logs.unsubscribe", ["subscriptionId": .string(subscription)]).code == 1402)
  }

  @Test func unsubscribeAsANotificationIsNotAnswered() throws {
    let subscription = try client.call("logs.subscribe", ["buildId": build]).text("subscriptionId")
    try client.notify("logs.unsubscribe", ["subscriptionId": .string(subscription)])
    #expect(try client.readLog(of: subscription).ends.map { $0.text("reason") } == ["unsubscribed"])
    #expect(try client.answer(to: try client.request("broker.ping")).before == [])
  }

  @Test func thirtyTwoSubscriptionsOfAConnectionArePossible() throws {
    for _ in 1...32 { _ = try client.call("logs.subscribe", ["buildId": build]) }
    #expect(try client.error("logs.subscribe", ["buildId": build]).code == 1403)
    #expect(try client.error("build", ["context": "/missing", "events": true]).code == 1403)
    #expect(try client.call("broker.status").number("subscriptions") == 32)
    #expect(try client.call("build.list")["builds"]?.arrayValue?.count == 1)
  }

  @Test func subscriptionOfABuildWhoseExecutionIsNotKnownWaits() throws {
    let asked = try FakeEngineGate()
    let mayAnswer = try FakeEngineGate()
    fixture.engine.on("GET /images/base/json") { exchange in
      asked.open()
      try exchange.wait(for: mayAnswer)
      try exchange.respond(json: ["Id": "sha256:base", "Os": "linux", "Architecture": "amd64"])
    }
    let context = try fixture.context(["Dockerfile": "FROM base\n"])
    let id = try client.call("build", ["context": .string(context)])["buildId"] ?? .null
    try asked.wait()
    let subscribed = try client.call("logs.subscribe", ["buildId": id])
    let tailed = try client.call("logs.subscribe", ["buildId": id, "tail": 5])
    #expect(tailed["nextSeq"] == 1)
    _ = try client.call("logs.unsubscribe", ["subscriptionId": tailed["subscriptionId"] ?? .null])
    #expect([subscribed["earliestSeq"], subscribed["lastSeq"], subscribed["state"]] == [1, 0, "receiving"])
    let read = try client.call("logs.read", ["buildId": id, "from": 1])
    #expect([read["events"], read["nextSeq"], read["end"]] == [[], 1, false])
    mayAnswer.open()
    gate.open()
    try client.readLog(of: subscribed.text("subscriptionId")).expectWholeLog()
  }

  @Test func buildsErrorIsSaidToThoseWhoFollowABuildThatNeverHadALog() throws {
    let id = try client.request("build", ["context": "/missing", "wait": true])
    let (answer, before) = try client.answer(to: id)
    #expect(before.map { $0.method ?? "" } == ["build.accepted", "build.state", "logs.end"])
    #expect(before.last?.params["nextSeq"] == 1)
    #expect(answer["result"]?["error"]?.code == 1301)
    let late = try client.call("logs.subscribe", ["buildId": answer["result"]?["buildId"] ?? .null])
    #expect(try client.readLog(of: late.text("subscriptionId")).kinds == ["logs.end"])
  }
}
