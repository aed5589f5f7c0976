import JSON
import JSONRPC
import Testing

private func read(_ text: String) -> RPCMessage { RPCMessage(Array(text.utf8)) }

private func error(_ message: RPCMessage) -> (name: String, code: Int, id: String?)? {
  guard case .invalid(let error, let id) = message else { return nil }
  return (error.name, error.code.rawValue, id?.token)
}

struct RPCMessageTests {
  @Test(arguments: [
    "0", "-1", "1", "-0", "9007199254740991", "123456789012345678901234567890", "\"\"", "\"1\"",
    "\"67e55044-10b1-426f-9247-bb680e5fe0c8\"", #""\u0041\/""#, "\"é\"",
  ])
  func idIsKeptByteForByte(token: String) {
    guard case .request(let id, "m", [:]) = read(#"{"jsonrpc":"2.0", "x":{"id":7}, "id" : \#(token) ,"method":"m"}"#)
    else {
      Issue.record("no request")
      return
    }
    #expect(id.token == token)
    #expect(RPCEncoder.result(true, id: id) == Array(#"{"jsonrpc":"2.0","id":\#(token),"result":true}"#.utf8))
  }

  @Test(arguments: ["1.5", "1e2", "true", "[]", "{}", "null"]) func otherIDsAreRefusedUnderNull(token: String) {
    #expect(
      error(read(#"{"jsonrpc":"2.0","id":\#(token),"method":"m"}"#)) ?? ("", 0, "") == ("InvalidRequest", -32600, nil))
  }

  @Test func idNamedWithAnEscapeIsFound() {
    guard case .request(let id, _, _) = read(#"{"jsonrpc":"2.0","\u0069d":12,"method":"m"}"#) else {
      Issue.record("no request")
      return
    }
    #expect(id == RPCID(12))
  }

  @Test func longIDIsRefused() {
    let id = String(repeating: "x", count: 9_000)
    #expect(error(read(#"{"jsonrpc":"2.0","id":"\#(id)","method":"m"}"#))?.name == "InvalidRequest")
  }

  @Test(arguments: ["", #","params":null"#, #","params":{}"#, #","params":[]"#]) func absentParamsAreAllTheSame(
    params: String
  ) {
    #expect(
      read(#"{"jsonrpc":"2.0","id":1,"method":"m"\#(params)}"#) == .request(id: RPCID(1), method: "m", params: [:]))
    #expect(read(#"{"jsonrpc":"2.0","method":"m"\#(params)}"#) == .notification(method: "m", params: [:]))
  }

  @Test func namedParamsAreKept() {
    #expect(
      read(#"{"jsonrpc":"2.0","id":"a","method":"m","params":{"x":[1]},"later":2}"#)
        == .request(id: RPCID("a") ?? RPCID(0), method: "m", params: ["x": [1]]))
  }

  /// Another member makes no other message, but is none of those that are expected.
  @Test(arguments: [
    #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":{"b":[1,"x\n",null]}}}"#,
    #" { "method": "m" , "params": { } , "id": "a\u0041" , "jsonrpc": "2.0" } "#,
    #" { "method" : "m" , "params" : { } , "id" : "a\u0041" , "jsonrpc" : "2.0" } "#,
    #"{"jsonrpc":"2.0","id":-0,"method":"\u006d"}"#, #"{"jsonrpc":"2.0","method":"é","params":{"é":"é"}}"#,
    #"{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"m"}"#, #"{"jsonrpc":"2.0","method":""}"#,
  ])
  func messageIsTheSameWithAMemberMore(text: String) throws {
    let end = try #require(text.lastIndex(of: "}"))
    let message = read(text)
    switch message {
    case .request, .notification: break
    case .ignored, .invalid, .batch: Issue.record("no request")
    }
    #expect(read(text[..<end] + #","x":0}"#) == message)
  }

  @Test(arguments: [
    #"{"jsonrpc":"2.0","id":1,"method":"m","params":{}"#, #"{"jsonrpc":"2.0","id":1,"method":"m",}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"m"}}"#, #"{"jsonrpc":"2.0","id":1 "method":"m"}"#, #"{,"jsonrpc":"2.0"}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1,"a":2}}"#, #"{"jsonrpc":"2.0","id":01,"method":"m"}"#,
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\u{1}\"}", #"{"jsonrpc" "2.0","id":1,"method":"m"}"#,
  ])
  func nearlyAMessageIsNoJSON(text: String) {
    #expect(error(read(text))?.name == "ParseError")
  }

  @Test(
    arguments: [
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":[1]}"#, "InvalidParams", "1"),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":"x"}"#, "InvalidRequest", "1"),
      (#"{"jsonrpc":"2.0","id":1,"method":1}"#, "InvalidRequest", "1"), (#"{"id":1}"#, "InvalidRequest", "1"),
      (#"{"jsonrpc":"2.0","id":1}"#, "InvalidRequest", "1"),
      (#"{"jsonrpc":2.0,"id":1,"method":"m"}"#, "InvalidRequest", "1"),
      (#"{"id":1,"method":"m"}"#, "InvalidRequest", "1"), (#"{"jsonrpc":"1.0","method":"m"}"#, "InvalidRequest", nil),
      (#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#, "InvalidRequest", nil), ("{}", "InvalidRequest", nil),
      ("[]", "InvalidRequest", nil), (#"{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}"#, "InvalidRequest", nil),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","method":"n"}"#, "InvalidRequest", nil),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{},"params":{}}"#, "InvalidRequest", nil),
      (#"[{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}]"#, "InvalidRequest", nil),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"id":1,"id":2}}"#, "ParseError", nil),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":NaN}}"#, "ParseError", nil),
      (#"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#, "ParseError", nil),
      (#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#, "ParseError", nil),
      ("nonsense", "ParseError", nil),
      (#"[{"jsonrpc":"2.0","method":"sum","id":"1"},{"jsonrpc":"2.0","method"]"#, "ParseError", nil),
      ("", "ParseError", nil),
    ] as [(String, String, String?)])
  func invalidMessageIsAnsweredUnderItsIDWhereThatIsReadable(text: String, name: String, id: String?) throws {
    let refusal = try #require(error(read(text)))
    #expect(refusal.name == name)
    #expect(refusal.id == id)
  }

  @Test(arguments: [
    #"{"jsonrpc":"2.0","id":1,"result":null}"#, #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#,
    #"{"id":1,"result":1}"#, #"{"jsonrpc":"2.0","method":"m","params":[1]}"#,
  ])
  func responsesAndMistakenNotificationsAreNotAnswered(text: String) {
    #expect(read(text) == .ignored)
  }

  @Test func batchKeepsOrderAndJudgesEachMember() throws {
    let text = #"""
      [ {"jsonrpc":"2.0","method":"a","id":"1"}, {"jsonrpc":"2.0","method":"n","params":{"x":["}"]}}, 1, [],
        {"foo":"boo"}, {"jsonrpc":"2.0","method":"b","id":9.5}, {"jsonrpc":"2.0","method":"c","id": 3 }]
      """#.split(separator: "\n").joined()
    guard case .batch(let messages) = read(text) else {
      Issue.record("no batch")
      return
    }
    #expect(messages.count == 7)
    #expect(messages[0] == .request(id: RPCID("1") ?? RPCID(0), method: "a", params: [:]))
    #expect(messages[1] == .notification(method: "n", params: ["x": ["}"]]))
    for index in 2...5 { #expect(error(messages[index])?.name == "InvalidRequest") }
    #expect(messages[6] == .request(id: RPCID(3), method: "c", params: [:]))
  }

  @Test func batchOfTheLimitPassesAndOneMoreIsRefusedAsAWhole() {
    func batch(_ count: Int) -> String { "[" + [String](repeating: "1", count: count).joined(separator: ",") + "]" }
    guard case .batch(let messages) = read(batch(64)) else {
      Issue.record("no batch")
      return
    }
    #expect(messages.count == 64)
    #expect(error(read(batch(65)))?.name == "BatchTooLarge")
  }

  @Test func idsAreEqualByMeaningAndNotBySpelling() throws {
    func id(_ token: String) throws -> RPCID {
      try #require(RPCID(try JSONParser.parse(Array(token.utf8)), token: token))
    }
    #expect(try id("1") == RPCID(1))
    #expect(try id("\"1\"") != RPCID(1))
    #expect(try id(#""\u0031""#) == id("\"1\""))
    #expect(try id("\"\u{e9}\"") != id("\"e\u{301}\""))
    #expect(try id("-0") == id("0"))
    #expect(try Set([id("7"), id("\"7\""), id(#""\u0037""#)]).count == 2)
  }
}
