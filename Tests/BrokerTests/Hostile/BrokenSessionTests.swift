import JSON
import Testing

@testable import Broker

/// Bytes that are no session, and sessions that break off, beside a build that must not notice.
struct BrokenSessionTests {
  private static let messages = [
    #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"want":["é"]}}"#,
    #"[{"jsonrpc":"2.0","id":"\u0062","method":"broker.status"},{"jsonrpc":"2.0","method":"initialized"}]"#,
    #"{"jsonrpc":"2.0","id":-3,"method":"broker.ping","params":{"echo":[{"a":"}{"},1.5e3,null]}}"#,
    #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}"#,
    #"{"jsonrpc":"2.0","id":4,"method":"build.list"}"#,
  ]

  private static func session(_ framing: WireClient.Framing) -> [UInt8] {
    switch framing {
    case .line: Array(messages.map { $0 + "\n" }.joined().utf8)
    case .header: Array(messages.map { "Content-Length: \($0.utf8.count)\r\n\r\n\($0)" }.joined().utf8)
    }
  }

  private let witness: Witness
  private var fixture: BrokerFixture { witness.fixture }

  init() throws { witness = try Witness() }

  /// Every answer is one, and what could not be read is said once, at the end.
  private func expectAnswers(_ messages: [JSONValue], of whole: [JSONValue]) {
    for (index, message) in messages.enumerated() {
      if message["error"] != nil {
        #expect(message["id"] == .null && message["error"]?.code == -32700 && index == messages.count - 1)
      } else {
        #expect(VectorRules.fault(in: message) == nil)
        #expect(index < whole.count && message["id"] == whole[index]["id"])
      }
    }
  }

  @Test(arguments: [WireClient.Framing.line, .header])
  func sessionMayBreakOffAfterAnyByte(framing: WireClient.Framing) throws {
    let bytes = Self.session(framing)
    let complete = try fixture.connect(framing)
    try complete.send(raw: bytes)
    complete.endInput()
    let whole = try complete.readToEnd()
    #expect(whole.count == 4)
    var silent: [WireClient] = []
    for cut in 0...bytes.count {
      let part = Array(bytes[..<cut])
      let ended = try fixture.connect(framing)
      try ended.send(raw: part)
      ended.endInput()
      expectAnswers(try ended.readToEnd(), of: whole)
      let closed = try fixture.connect(framing)
      try closed.send(raw: part)
      closed.close()
      let quiet = try fixture.connect(framing)
      try quiet.send(raw: part)
      silent.append(quiet)
    }
    // They wait for the rest, and nobody waits for them.
    let count = silent.count
    try fixture.waitUntil { $0.sessions.count == count + 1 }
    _ = try fixture.connect().call("broker.ping")
    for (cut, client) in silent.enumerated() where cut % 20 == 0 && cut > 0 {
      try client.send(raw: Array(bytes[cut...]))
      for answer in whole { #expect(try client.next()["id"] == answer["id"]) }
    }
    silent.forEach { $0.close() }
    try witness.expectUndisturbed()
  }

  @Test(arguments: 1...4) func randomBytesAreAnsweredOrNotAndEnd(seed: UInt64) throws {
    var random = FixedRandom(seed: seed)
    let sessions = [Self.session(.line), Self.session(.header)]
    for round in 0..<150 {
      var bytes: [UInt8]
      switch round % 3 {
      case 0:
        bytes = (0..<Int.random(in: 1...600, using: &random)).map { _ in UInt8.random(in: .min ... .max, using: &random)
        }
      case 1:
        let alphabet = Array("{}[]\":,\\ \n\r0123456789eE+-.truefalsnidmhoj\u{E9}".utf8)
        bytes = [UInt8(ascii: "{")] + (0..<300).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      default:
        bytes = sessions[round % 2]
        for _ in 0..<3 {
          let index = Int.random(in: bytes.indices, using: &random)
          switch Int.random(in: 0...2, using: &random) {
          case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
          case 1: bytes.remove(at: index)
          default: bytes.insert(bytes[Int.random(in: bytes.indices, using: &random)], at: index)
          }
        }
      }
      let client = try fixture.connect()
      client.sendAsFarAsTaken(bytes)
      client.endInput()
      _ = try client.readBytesToEnd()
    }
    try witness.expectUndisturbed()
  }

  @Test(arguments: ["X-Endless: yes\r\n", "x", "\u{1B}", "{", "[", "\"", "9", "{\"a\":"])
  func inputThatNeverEndsIsEnded(piece: String) throws {
    let client = try fixture.connect(.header)
    client.sendAsFarAsTaken(Array("Content-Length: 5\r\n".utf8))
    let line = try fixture.connect()
    let block = Array(String(repeating: piece, count: (64 << 10) / piece.utf8.count).utf8)
    // Each takes at most the message it may have, and what is read away before the end.
    for connection in [client, line] {
      var sent = 0
      do {
        while sent < 16 << 20 {
          try connection.send(raw: block)
          sent += block.count
        }
        Issue.record("16 MiB of \(piece) were taken")
      } catch is WireClient.Closed {
        #expect(sent <= 7 << 20)
      }
    }
    try witness.expectUndisturbed()
  }
}
