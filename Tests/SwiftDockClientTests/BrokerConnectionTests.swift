import CLinux
import Glibc
import JSON
import JSONRPC
import SwiftDockClient
import SwiftDockProtocol
import Testing

struct BrokerConnectionTests {
  @Test func callBringsItsResultAndTheNotificationsBeforeItInOrder() throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    peer.say(
      #"{"jsonrpc":"2.0","method":"a","params":{"n":1}}"# + "\n" + #"{"jsonrpc":"2.0","method":"b","params":{}}"# + "\n"
    )
    peer.say(
      #"{"jsonrpc":"2.0","id":1,"result":{"x":true}}"# + "\n" + #"{"jsonrpc":"2.0","method":"c","params":{}}"# + "\n")
    var heard: [String] = []
    let result = try connection.call("m", params: ["p": 1]) { method, params in
      heard.append("\(method) \(params.count)")
    }
    #expect(result == ["x": true])
    #expect(heard == ["a 1", "b 0"])
    #expect(try peer.heard() == .request(id: RPCID(1), method: "m", params: ["p": 1]))
    #expect(try connection.next() == .message(.notification(method: "c", params: [:])))
  }

  @Test func typedCallReadsItsResult() throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    peer.say(RPCEncoder.result(BrokerPing.Result(echo: "e", timeMs: 5).json, id: RPCID(1)))
    #expect(try connection.call(BrokerPing.self, .init(echo: "e")) == .init(echo: "e", timeMs: 5))
  }

  @Test func refusalIsThrown() throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    let error = RPCError(.buildNotFound, "No.", traceID: "t")
    peer.say(RPCEncoder.error(error, id: RPCID(1)))
    let thrown = #expect(throws: ClientError.self) { try connection.call(BuildGet.self, .init(buildID: "b")) }
    #expect(thrown == .refused(error))
  }

  @Test func refusalWithoutIDEndsTheCallThatIsWaitedFor() throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    let error = RPCError(.tooManyRequests, "Full.", traceID: "t")
    peer.say(RPCEncoder.error(error, id: nil))
    peer.hangUp()
    let thrown = #expect(throws: ClientError.self) { try connection.call("m", params: [:]) }
    #expect(thrown == .refused(error))
  }

  @Test func answerToAnotherRequestIsKeptForLater() throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    let first = try connection.send("slow", params: [:])
    peer.say(RPCEncoder.result("one", id: first))
    peer.say(RPCEncoder.result("two", id: RPCID(2)))
    #expect(try connection.call("quick", params: [:]) == "two")
    #expect(try connection.next() == .message(.result("one", id: first)))
  }

  @Test func resultOfTheWrongShapeIsNoResult() throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    peer.say(RPCEncoder.result(["echo": 1], id: RPCID(1)))
    let thrown = #expect(throws: ClientError.self) { try connection.call(BrokerPing.self, .init()) }
    guard case .answerInvalid? = thrown else {
      Issue.record("\(String(describing: thrown))")
      return
    }
  }

  @Test(arguments: ["nonsense\n", "{\"a\":\n", "{}\n", "{\"jsonrpc\":\"2.0\",\"id\":1}\n"])
  func whatIsNoMessageIsReported(text: String) throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    peer.say(text)
    let thrown = #expect(throws: ClientError.self) { try connection.call("m", params: [:]) }
    guard case .answerInvalid? = thrown else {
      Issue.record("\(String(describing: thrown))")
      return
    }
  }

  @Test func closeBeforeTheAnswerIsALoss() throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    peer.say(#"{"jsonrpc":"#)
    peer.hangUp()
    #expect(throws: ClientError.connectionLost) { try connection.call("m", params: [:]) }
  }

  @Test func closeBetweenMessagesIsAnEvent() throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    peer.say(RPCEncoder.notification("n", params: [:]))
    peer.hangUp()
    #expect(try connection.next() == .message(.notification(method: "n", params: [:])))
    #expect(try connection.next() == .ended)
    #expect(try connection.next() == .ended)
  }

  @Test func wakingGoesBeforeMessages() throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    let wake = cl_eventfd()
    defer { close(wake) }
    peer.say(RPCEncoder.notification("n", params: [:]))
    #expect(cl_eventfd_signal(wake) == 0)
    #expect(try connection.next(orWakenBy: wake) == .woken)
    #expect(cl_eventfd_drain(wake) == 0)
    #expect(try connection.next(orWakenBy: wake) == .message(.notification(method: "n", params: [:])))
  }

  @Test func cancelRequestNamesTheRequest() throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    let id = try connection.send("m", params: [:])
    try connection.cancelRequest(id)
    _ = try peer.heard()
    #expect(try peer.heard() == .notification(method: "$/cancelRequest", params: ["id": 1]))
  }

  @Test func requestBiggerThanTheSocketsBufferArrivesWhole() async throws {
    let peer = try ScriptedPeer()
    var connection = BrokerConnection(adopting: peer.otherEnd)
    let text = String(repeating: "x", count: 3 << 20)
    let expected = RPCEncoder.request("m", params: ["t": .string(text)], id: RPCID(1)).count + 1
    // The peer reads on a thread of its own, since sending waits for it.
    let reading = Task.detached {
      peer.drain(expected)
      peer.say(RPCEncoder.result(nil, id: RPCID(1)))
    }
    #expect(try connection.call("m", params: ["t": .string(text)]) == .null)
    await reading.value
  }
}
