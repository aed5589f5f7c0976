import JSON
import JSONRPC
import SwiftDockProtocol
import Testing

@testable import Broker

struct EventRecordTests {
  private func record(_ body: LogEvent.Body) -> [UInt8] { EventRecord.encode(seq: 7, timeMs: 8, body) }

  @Test func recordIsTheEventAsItIsSent() {
    let line = LogEvent.Line(stepID: "1", stream: .stdout, bytes: Array("a\"é\u{1B}[m".utf8))
    #expect(
      String(decoding: record(.log(line)), as: UTF8.self)
        == #"{"seq":7,"timeMs":8,"kind":"log","stepId":"1","stream":"stdout","text":"a\"é\u001b[m"}"#)
  }

  @Test(arguments: [
    LogEvent.Body.state(.running), .warning(code: "c", message: "m\n"),
    .step(
      LogEvent.Step(
        stepID: "1", name: "n", stage: "s", index: 1, total: 2, state: .failed, error: "e", durationMs: 3)),
    .log(LogEvent.Line(stream: .console, bytes: [0xFF, 0x00], isPartial: true)),
    .result(LogEvent.Outcome(state: .failed, error: RPCError(.buildFailed, "no", traceID: "t"))),
  ])
  func recordsAreReadBack(body: LogEvent.Body) throws {
    #expect(try EventRecord.decode(record(body)) == .entry(seq: 7, timeMs: 8, body))
    #expect(!record(body).contains(UInt8(ascii: "\n")))
  }

  @Test func onlyTheTextOfALineIsStripped() throws {
    let sequence = "\u{1B}[1mx"
    let line = record(.log(LogEvent.Line(stream: .stdout, bytes: Array(sequence.utf8))))
    #expect(try JSONParser.parse(EventRecord.stripped(line))["text"] == "x")
    let bytes = record(.log(LogEvent.Line(stream: .stdout, bytes: [0xFF, 0x1B, 0x5B, 0x6D])))
    #expect(try JSONParser.parse(EventRecord.stripped(bytes))["base64"] == "/w==")
    for body in [
      LogEvent.Body.step(LogEvent.Step(stepID: "1", name: sequence, state: .done)),
      // A backslash and u001b, typed by somebody.
      .log(LogEvent.Line(stream: .stdout, bytes: Array(#"\u001b[1mx"#.utf8))),
      .log(LogEvent.Line(stream: .stdout, bytes: Array("plain".utf8))),
      .log(LogEvent.Line(stream: .stdout, bytes: Array(#"say "base64""#.utf8))),
      .log(LogEvent.Line(stream: .stdout, bytes: [0xFF])),
    ] {
      #expect(EventRecord.stripped(record(body)) == record(body))
    }
  }

  @Test func recordThatNobodyMadeIsAnError() {
    #expect(throws: RPCError.self) { try EventRecord.decode(Array("{".utf8)) }
  }

  @Test(arguments: [
    ("short", 10, "short"), ("0123456789", 10, "0123456789"), ("0123456789a", 10, "0123456…"), ("ééééé", 8, "éé…"),
    ("👍👍👍", 8, "👍…"),
  ])
  func textIsClippedBetweenCharacters(text: String, limit: Int, expected: String) {
    #expect(text.clipped(to: limit) == expected)
  }
}
