import JSON
import SwiftDockProtocol
import SwiftDockTestSupport
import Synchronization
import Testing

@testable import Broker

/// Bytes in and out: Protocol/README.md, "Transport and framing" and "JSON-RPC profile".
struct SessionTests {
  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  private func ping(_ id: Int) -> String { #"{"jsonrpc":"2.0","id":\#(id),"method":"broker.ping"}"# }

  @Test(arguments: [WireClient.Framing.line, .header])
  func answersComeInTheFramingOfTheFirstMessage(framing: WireClient.Framing) throws {
    let client = try fixture.connect(framing)
    let result = try client.call("broker.ping", ["echo": ["é", 1]])
    #expect(result["echo"] == ["é", 1])
    let framed = try client.call("initialize")
    #expect(framed["framing"] == .string(framing == .line ? "line" : "header"))
  }

  @Test func framingIsToldApartWhereverTheFirstMessageIsCut() throws {
    let bytes = Array(("Content-Length: 52\r\n\r\n" + #"{"jsonrpc":"2.0","id":10000,"method":"broker.ping"} "#).utf8)
    for cut in [1, 8, 19, 22, 40] {
      let client = try fixture.connect(.header)
      try client.send(raw: Array(bytes[..<cut]))
      _ = try fixture.inside { _ in 0 }
      try client.send(raw: Array(bytes[cut...]))
      #expect(try client.next()["id"] == 10000)
    }
  }

  @Test func answerHasTheThreeMembersOfAnAnswerAndNoMore() throws {
    let client = try fixture.connect()
    try client.send(raw: ping(1) + "\n" + #"{"jsonrpc":"2.0","id":"x","method":"nothing"}"# + "\n")
    #expect(try client.next().objectValue?.members.map(\.name) == ["jsonrpc", "id", "result"])
    let error = try client.next()
    #expect(error.objectValue?.members.map(\.name) == ["jsonrpc", "id", "error"])
    #expect(error["error"]?.objectValue?.members.map(\.name) == ["code", "message", "data"])
    #expect(error["error"]?["data"]?.text("traceId").isEmpty == false)
  }

  @Test func messagesNeedNoTerminator() throws {
    let client = try fixture.connect()
    try client.send(raw: ping(1) + ping(2))
    #expect(try [client.next()["id"], client.next()["id"]] == [1, 2])
  }

  /// Keeps the broker from looking at connections until the gate is opened.
  /// - Parameter then: is done before it looks at them again.
  private func holdLoop(
    then: @escaping @Sendable (isolated Broker) -> Void = { _ in }
  ) throws -> FakeEngineGate {
    let isHeld = try FakeEngineGate()
    let gate = try FakeEngineGate()
    fixture.broker.onLoop { broker in
      isHeld.open()
      do { try gate.wait() } catch { Issue.record("the loop was not let go: \(error)") }
      then(broker)
    }
    try isHeld.wait()
    return gate
  }

  /// Whoever is ready together is read from together: those who ask one thing, those who say more than there is room for
  /// at once, those who are not done, and those who are gone by then.
  @Test func whatManySayAtTheSameTimeIsNotMixedUp() throws {
    func echo(_ text: String, _ id: Int) -> String {
      #"{"jsonrpc":"2.0","id":\#(id),"method":"broker.ping","params":{"echo":"\#(text)"}}"# + "\n"
    }
    let clients = try (0..<40).map { _ in try fixture.connect() }
    for (index, client) in clients.enumerated() {
      try client.send(raw: echo("", index))
      #expect(try client.next()["id"] == .integer(Int64(index)))
    }
    let hold = try holdLoop()
    for (index, client) in clients.enumerated() {
      switch index % 4 {
      case 0: try client.send(raw: echo("one \(index)", index))
      case 1:
        try client.send(raw: (0..<50).map { echo("gone \(index) \($0)", $0) }.joined())
        client.close()
      case 2: try client.send(raw: echo(String(repeating: "\(index) ", count: 12_000), index))
      default: try client.send(raw: String(echo("half \(index)", index).prefix(60)))
      }
    }
    hold.open()
    for (index, client) in clients.enumerated() {
      switch index % 4 {
      case 0: #expect(try client.next()["result"]?["echo"] == .string("one \(index)"))
      case 1: continue
      case 2:
        #expect(try client.next()["result"]?["echo"] == .string(String(repeating: "\(index) ", count: 12_000)))
      default:
        try client.send(raw: String(echo("half \(index)", index).dropFirst(60)))
        #expect(try client.next()["result"]?["echo"] == .string("half \(index)"))
      }
    }
  }

  @Test func clientThatSaysMuchAtOnceLeavesOthersTheirTurn() throws {
    let client = try fixture.connect()
    _ = try client.call("broker.ping")
    let count = Mutex<Int?>(nil)
    let turn = try FakeEngineGate()
    let hold = try holdLoop { broker in
      // Comes after one look at the connections.
      broker.onLoop { broker in
        count.withLock { $0 = broker.ignoredNotifications }
        turn.open()
      }
    }
    try client.send(raw: String(repeating: #"{"jsonrpc":"2.0","method":"x"}"# + "\n", count: 2_000))
    hold.open()
    try turn.wait()
    // 64 when it was read from, and as many when it was served.
    let handled = try #require(count.withLock { $0 })
    #expect((1...130).contains(handled))
    try fixture.waitUntil { $0.ignoredNotifications == 2_000 }
    _ = try client.call("broker.ping")
  }

  @Test func idsComeBackByteForByte() throws {
    let client = try fixture.connect()
    for id in [#""\u00e9""#, "0", "-7", "123456789012345678901234567890"] {
      try client.send(raw: #"{"jsonrpc":"2.0","id":\#(id),"method":"broker.ping"}"#)
      #expect(String(decoding: try client.nextFrame(), as: UTF8.self).hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"#))
    }
  }

  @Test func httpIsAnsweredInItsOwnWords() throws {
    let client = try fixture.connect()
    try client.send(raw: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    let answer = String(decoding: try client.readBytesToEnd(), as: UTF8.self)
    #expect(answer.hasPrefix("HTTP/1.1 400 "))
    #expect(answer.contains("swiftdock-ctl"))
  }

  @Test(arguments: ["hello\n", "GET / HTTP/1.0\r\n\r\n", "Content-Length: x\r\n\r\n"])
  func whatIsNoMessageIsAnsweredEvenWhenTheInputEndsAtOnce(bytes: String) throws {
    for _ in 0..<20 {
      let client = try fixture.connect()
      try client.send(raw: bytes)
      client.endInput()
      #expect(try !client.readBytesToEnd().isEmpty)
    }
  }

  @Test func requestsBeforeAnEndOfInputAreServedAndThenTheConnectionIsClosed() throws {
    let client = try fixture.connect()
    try client.send(raw: (1...100).map(ping).joined(separator: "\n"))
    client.endInput()
    #expect(try client.readToEnd().map { $0.number("id") } == Array(1...100))
    try fixture.waitUntil { $0.sessions.isEmpty }
  }

  @Test func inputThatEndsInsideAMessageIsAParseError() throws {
    let client = try fixture.connect()
    try client.send(raw: ping(1) + #"{"jsonrpc":"#)
    client.endInput()
    let answers = try client.readToEnd()
    #expect(answers.map { $0["error"]?.code } == [nil, -32700])
    #expect(answers.last?["id"] == .null)
  }

  @Test func pipelinedRequestsWhoseAnswersAreNotReadAreAllAnsweredInTheEnd() throws {
    let client = try fixture.connect()
    let count = 5_000
    let echo = String(repeating: "x", count: 200)
    let requests = (1...count).map {
      #"{"jsonrpc":"2.0","id":\#($0),"method":"broker.ping","params":{"echo":"\#(echo)"}}"#
    }
    let writer = try WriterThread(client, requests.joined(separator: "\n"))
    // Far more than the buffers of the kernel and the broker hold: the broker has stopped reading by now or will.
    try fixture.waitUntil { $0.sessions.values.contains { $0.output.isOverfull } }
    #expect(try fixture.inside { $0.sessions.values.allSatisfy { $0.output.bytes < 1 << 20 } })
    for id in 1...count { try #require(try client.next().number("id") == Int64(id)) }
    writer.join()
  }

  @Test func batchIsAnsweredByOneArrayOfWhatIsAnsweredAtAll() throws {
    let client = try fixture.connect()
    try client.send(raw: "[\(ping(1)),{\"jsonrpc\":\"2.0\",\"method\":\"initialized\"},1,\(ping(2))]\n")
    let answer = try client.next()
    #expect(answer.arrayValue?.map { $0["id"] } == [1, .null, 2])
    #expect(answer.arrayValue?.map { $0["error"]?.code } == [nil, -32600, nil])
    try client.send(raw: "[{\"jsonrpc\":\"2.0\",\"method\":\"initialized\"}]\n" + ping(3))
    #expect(try client.next()["id"] == 3)
    try client.send(raw: "[]\n")
    #expect(try client.next()["error"]?.code == -32600)
    try client.send(raw: "[" + (1...65).map(ping).joined(separator: ",") + "]\n")
    #expect(try client.next()["error"]?.name == "BatchTooLarge")
  }

  @Test(arguments: [
    #"{"method":"build","params":{"context":"/","wait":true}}"#, #"{"method":"build.wait","params":{"buildId":"a"}}"#,
    #"{"method":"logs.subscribe","params":{"buildId":"a"}}"#,
    #"{"method":"logs.read","params":{"buildId":"a","from":1,"waitMs":1}}"#,
  ])
  func whatTakesItsTimeIsRefusedInABatch(member: String) throws {
    let client = try fixture.connect()
    try client.send(raw: #"[{"jsonrpc":"2.0","id":1,"# + member.dropFirst() + "]\n")
    #expect(try client.next().arrayValue?.map { $0["error"]?.code } == [-32602])
  }

  @Test func idInFlightCannotBeUsedAgainUntilItIsAnswered() throws {
    let gate = try FakeGate(fixture)
    let client = try fixture.connect()
    let build = try gate.startBuild(client)
    let wait = #"{"jsonrpc":"2.0","id":"w","method":"build.wait","params":{"buildId":"\#(build)"}}"#
    try client.send(raw: wait + wait)
    let refused = try client.next()
    #expect(refused["id"] == "w")
    #expect(refused["error"]?.name == "DuplicateRequestId")
    gate.open()
    #expect(try client.next()["result"]?["state"] == "succeeded")
    try client.send(raw: wait)
    #expect(try client.next()["result"]?["state"] == "succeeded")
  }

  @Test func sixtyFourRequestsOfAConnectionMayWait() throws {
    let gate = try FakeGate(fixture)
    let client = try fixture.connect()
    let build = try gate.startBuild(client)
    for _ in 1...64 { try client.request("build.wait", ["buildId": .string(build)]) }
    let refused = try client.error("broker.ping")
    #expect(refused.code == 1004)
    #expect(refused.detail.number("limit") == 64)
    #expect(try fixture.connect().call("broker.ping")["echo"] == .null)
    gate.open()
    for _ in 1...64 { #expect(try client.next()["result"]?["state"] == "succeeded") }
    _ = try client.call("broker.ping")
  }

  @Test func sixteenParseErrorsInARowEndTheConnection() throws {
    let client = try fixture.connect()
    try client.send(raw: "{x}\n" + ping(1) + String(repeating: "{x}\n", count: 15))
    #expect(try client.next()["error"]?.code == -32700)
    #expect(try client.next()["id"] == 1)
    for _ in 1...15 { #expect(try client.next()["error"]?.code == -32700) }
    try client.send(raw: "{\n")
    #expect(try client.next()["error"]?.code == -32700)
    #expect(try client.readToEnd() == [])
  }

  @Test func messageOfMoreThanFourMebibytesIsRefusedReadably() throws {
    let client = try fixture.connect()
    let writer = try WriterThread(client, "{\"a\":\"" + String(repeating: "x", count: 4 << 20) + "\"}")
    let answers = try client.readToEnd()
    #expect(answers.map { $0["error"]?.code } == [1003])
    #expect(answers.first?["error"]?.detail.number("limitBytes") == 4 << 20)
    writer.join()
  }

  @Test func lengthBeyondTheLimitIsRefusedBeforeTheBodyComes() throws {
    let client = try fixture.connect(.header)
    try client.send(raw: "Content-Length: 4194305\r\n\r\n")
    #expect(try client.readToEnd().map { $0["error"]?.code } == [1003])
  }

  @Test func nestingIsRefusedHoweverDeep() throws {
    let client = try fixture.connect()
    try client.send(raw: String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "\n")
    #expect(try client.next()["error"]?.code == -32700)
    try client.send(raw: String(repeating: #"{"a":"#, count: 65) + "1" + String(repeating: "}", count: 65) + "\n")
    #expect(try client.next()["error"]?.code == -32700)
    _ = try client.call("broker.ping")
  }

  @Test func methodsAreSuggestedAndParamsChecked() throws {
    let client = try fixture.connect()
    let unknown = try client.error("broker.pong")
    #expect(unknown.code == -32601)
    #expect(unknown.detail["suggestion"] == "broker.ping")
    let misspelt = try client.error("build", ["context": "/tmp", "buildArg": JSONValue.object(["A": "1"])])
    #expect(misspelt.code == -32602)
    #expect(misspelt.detail["unknown"] == ["buildArg"])
    _ = try client.call("broker.ping", ["x-mine": 1])
  }

  @Test func initializeTakesWhatLibrariesSendAndComesOnce() throws {
    let client = try fixture.connect()
    let result = try client.call(
      "initialize", ["processId": 1, "capabilities": .object([:]), "want": ["context.path", "flying"]])
    #expect(result["missing"] == ["flying"])
    #expect(result["limits"]?.number("messageBytes") == 4 << 20)
    #expect(try client.error("initialize").code == -32600)
    #expect(try fixture.connect().error("initialize", ["protocolVersions": [7]]).code == 1001)
    #expect(try fixture.connect().error("initialize", ["require": ["flying"]]).code == 1002)
  }

  @Test func shutdownAndExitOfAClientEndItsConnectionOnly() throws {
    let other = try fixture.connect()
    _ = try other.call("broker.ping")
    let client = try fixture.connect(.header)
    let id = try client.request("shutdown")
    try client.notify("exit")
    let answers = try client.readToEnd()
    #expect(answers.map { $0["id"] } == [.integer(id)])
    #expect(answers.first?["result"] == .null)
    _ = try other.call("broker.ping")
  }

  @Test func exitBehindARequestLosesNoAnswerWhenTheInputEndsToo() throws {
    for _ in 0..<20 {
      let client = try fixture.connect()
      try client.send(raw: ping(1) + #"{"jsonrpc":"2.0","method":"exit"}"# + "\n")
      client.endInput()
      #expect(try client.readToEnd().map { $0["id"] } == [1])
    }
  }

  @Test func unknownNotificationsAreCountedAndNotAnswered() throws {
    let client = try fixture.connect()
    try client.notify("broker.ping")
    try client.notify("$/setTrace", ["value": "off"])
    try client.send(["jsonrpc": "2.0", "id": 1, "result": 1])
    #expect(try client.call("broker.status").number("ignoredNotifications") == 3)
  }

  @Test func clientThatShutsItsReadingSideCostsNothing() throws {
    let client = try fixture.connect()
    client.endOutput()
    try client.send(raw: ping(1))
    try fixture.waitUntil { $0.sessions.isEmpty }
  }

  @Test func clientThatIsGoneIsForgotten() throws {
    let gate = try FakeGate(fixture)
    let client = try fixture.connect()
    let build = try gate.startBuild(client)
    try client.request("build.wait", ["buildId": .string(build), "timeoutMs": 100_000_000_000_000])
    try client.request("logs.subscribe", ["buildId": .string(build)])
    try client.request("logs.read", ["buildId": .string(build), "from": 1000, "waitMs": 30_000])
    _ = try client.answer(to: 4)
    client.close()
    try fixture.waitUntil { $0.sessions.isEmpty }
    #expect(try fixture.inside { $0.builds[build].map { $0.waiters.isEmpty && $0.subscriptions.isEmpty } } == true)
    gate.open()
  }

  @Test func talkativeClientDoesNotKeepOthersWaiting() throws {
    let client = try fixture.connect()
    let flood = try WriterThread(client, ping(1) + String(repeating: "\n", count: 8 << 20))
    let other = try fixture.connect()
    for _ in 1...50 { _ = try other.call("broker.ping") }
    flood.join()
    #expect(try client.next()["id"] == 1)
  }
}

struct ConnectionLimitTests {
  @Test func connectionBeyondTheLimitIsAnsweredOnceAndClosed() throws {
    let fixture = try BrokerFixture { $0.limits.connections = 1 }
    let first = try fixture.connect()
    _ = try first.call("broker.ping")
    let second = try fixture.connect()
    try second.request("broker.ping")
    let answers = try second.readToEnd()
    #expect(answers.map { $0["error"]?.code } == [1004])
    #expect(answers.first?["id"] == 1)
    first.close()
    try fixture.waitUntil { $0.sessions.isEmpty }
    _ = try fixture.connect().call("broker.ping")
  }

  @Test func connectionBeyondTheLimitThatSaysNothingIsNotKept() throws {
    let fixture = try BrokerFixture { $0.limits.connections = 1 }
    let first = try fixture.connect()
    _ = try first.call("broker.ping")
    let second = try fixture.connect()
    #expect(try second.readToEnd() == [])
    _ = try first.call("broker.ping")
  }
}
