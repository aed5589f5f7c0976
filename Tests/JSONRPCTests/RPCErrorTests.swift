import JSON
import JSONRPC
import Testing

struct RPCErrorTests {
  private let full = RPCError(
    .internalError, "It broke.", hint: "Report it.", detail: ["a": 1],
    causes: [.init(name: "Low", message: "deep"), .init(message: "deeper")], buildID: "b1", retryAfterMs: 250,
    traceID: "t1")

  @Test func errorHasThreeMembersAndEverythingElseInData() {
    let bytes = RPCEncoder.error(full, id: nil)
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"It broke.","data":{"name":"InternalError","#
        + #""retryable":false,"retryAfterMs":250,"hint":"Report it.","buildId":"b1","detail":{"a":1},"#
        + #""cause":[{"name":"Low","message":"deep"},{"message":"deeper"}],"traceId":"t1"}}}"#)
  }

  @Test func absentMembersAreLeftOut() {
    let json = RPCError(.parseError, "No.", traceID: "t").json
    #expect(
      json == ["code": -32700, "message": "No.", "data": ["name": "ParseError", "retryable": false, "traceId": "t"]])
  }

  @Test func errorReadsBackTheSame() {
    #expect(RPCError(json: full.json) == full)
  }

  @Test func strangeErrorIsKept() throws {
    let error = try #require(RPCError(json: ["code": -32099, "message": "?", "data": "text"]))
    #expect(error.code.rawValue == -32099)
    #expect(error.name == "Error-32099")
    #expect(RPCError(json: ["code": "x", "message": "?"]) == nil)
  }

  @Test func frameFailuresAreParseErrorsButForSize() {
    #expect(RPCError(FrameFailure(.messageTooLarge(limit: 9))).detail == ["limitBytes": 9])
    #expect(RPCError(FrameFailure(.messageTooLarge(limit: 9))).isKind(.messageTooLarge))
    #expect(RPCError(FrameFailure(.contentLengthInvalid)).isKind(.parseError))
    #expect(RPCError(FrameFailure(.lineBreakInMessage(offset: 3))).hint?.contains("jq -c") == true)
  }
}

struct RPCEncoderTests {
  @Test func messagesAreExactlyTheseBytes() {
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    #expect(text(RPCEncoder.result(nil, id: RPCID(0))) == #"{"jsonrpc":"2.0","id":0,"result":null}"#)
    #expect(text(RPCEncoder.request("m", params: [:], id: RPCID(5))) == #"{"jsonrpc":"2.0","id":5,"method":"m"}"#)
    #expect(
      text(RPCEncoder.request("m", params: ["a": 1], id: RPCID(5)))
        == #"{"jsonrpc":"2.0","id":5,"method":"m","params":{"a":1}}"#)
    #expect(text(RPCEncoder.notification("n", params: [:])) == #"{"jsonrpc":"2.0","method":"n","params":{}}"#)
    #expect(
      text(RPCEncoder.notification("n") { $0.object { $0.member("a", 1) } })
        == #"{"jsonrpc":"2.0","method":"n","params":{"a":1}}"#)
  }

  @Test func batchAnswersAreOneArrayOrNothing() {
    #expect(RPCEncoder.batch([]) == nil)
    #expect(RPCEncoder.batch([Array("{}".utf8), Array("[]".utf8)]) == Array("[{},[]]".utf8))
  }
}

struct ServerMessageTests {
  private func read(_ text: String) throws -> ServerMessage? { try ServerMessage(Array(text.utf8)) }

  @Test func answersAndNotificationsAreTold() throws {
    #expect(try read(#"{"jsonrpc":"2.0","id":1,"result":null}"#) == .result(nil, id: RPCID(1)))
    #expect(
      try read(#"{"jsonrpc":"2.0","method":"n","params":{"a":1}}"#) == .notification(method: "n", params: ["a": 1]))
    let error = RPCError(.invalidRequest, "No.", traceID: "t")
    #expect(try ServerMessage(RPCEncoder.error(error, id: nil)) == .error(error, id: nil))
    #expect(try read(#"{"jsonrpc":"2.0","id":1}"#) == nil)
    #expect(try read("[]") == nil)
    #expect(throws: JSONError.self) { try read("{") }
  }
}
