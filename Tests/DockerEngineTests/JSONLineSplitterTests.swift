import JSON
import Testing

@testable import DockerEngine

struct JSONLineSplitterTests {
  private func split(_ pieces: [ArraySlice<UInt8>], limit: Int = 64) throws -> [String] {
    var splitter = JSONLineSplitter(limit: limit)
    var lines: [ArraySlice<UInt8>] = []
    for piece in pieces { try splitter.append(piece, to: &lines) }
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func everySplitGivesTheSameLines() throws {
    let bytes = Array("{\"a\":1}\r\n\n\r\n{\"b\":2}\n{}\r\nrest".utf8)
    for cut in 0...bytes.count {
      #expect(try split([bytes[..<cut], bytes[cut...]]) == [#"{"a":1}"#, #"{"b":2}"#, "{}"], "cut at \(cut)")
    }
  }

  @Test func lineLongerThanTheLimitIsRefusedWithOrWithoutItsEnd() throws {
    let ten = Array("0123456789".utf8)
    #expect(try split([(ten + [0x0A])[...]], limit: 10) == ["0123456789"])
    #expect(throws: JSONLineSplitter.LineTooLong(limit: 9)) { try split([(ten + [0x0A])[...]], limit: 9) }
    #expect(throws: JSONLineSplitter.LineTooLong(limit: 9)) { try split([ten[..<5], ten[5...]], limit: 9) }
  }

  private static let table: [(String, EngineRecord)] = [
    (#"{"stream":"a\n"}"#, EngineRecord.text("a\n")),
    (#"{"aux":{"ID":"sha256:1"}}"#, .imageID("sha256:1", isFinal: false)),
    (#"{"id":"moby.image.id","aux":{"ID":"sha256:1"}}"#, .imageID("sha256:1", isFinal: true)),
    (#"{"id":"moby.buildkit.trace","aux":"AAAA"}"#, .trace("AAAA")),
    (#"{"errorDetail":{"code":7,"message":"m"},"error":"m"}"#, .error(message: "m", code: 7)),
    (#"{"errorDetail":{"message":"m"}}"#, .error(message: "m", code: nil)),
    (#"{"error":"old"}"#, .error(message: "old", code: nil)),
    (
      #"{"status":"Downloading","progressDetail":{"current":1,"total":2},"progress":"[=>]","id":"ab"}"#,
      .status(StatusRecord(id: "ab", status: "Downloading", current: 1, total: 2))
    ),
    (#"{"status":"Pulling","progressDetail":{}}"#, .status(StatusRecord(status: "Pulling"))),
    (#"{"aux":{"Digest":"x"}}"#, .other), (#"{"aux":{"ID":""}}"#, .other), ("{}", .other), ("[]", .other),
    (#"{"stream":5}"#, .other),
  ]

  @Test(arguments: table)
  func records(text: String, record: EngineRecord) throws {
    #expect(try EngineRecord(parsing: Array(text.utf8)[...]) == record)
  }

  @Test func recordThatIsNotJSONIsRefused() {
    #expect(throws: JSONError.self) { try EngineRecord(parsing: Array("{".utf8)[...]) }
  }
}
