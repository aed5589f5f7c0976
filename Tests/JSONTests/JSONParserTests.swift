import JSON
import Testing

struct JSONParserTests {
  @Test(
    arguments: [
      ("null", JSONValue.null), (" true ", true), ("false", false), ("0", 0), ("-1", -1),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .decimal("9223372036854775808")), ("-0", .decimal("-0")), ("1.50", .decimal("1.50")),
      ("1E+2", .decimal("1E+2")), ("0e0", .decimal("0e0")), ("\"\"", ""), ("\"é\"", "é"),
      (#""\u00e9\n\t\"\\\/\b\f\r""#, "é\n\t\"\\/\u{8}\u{c}\r"), (#""\ud83d\uDE00""#, "😀"), (#""\u0000""#, "\0"),
      ("[]", []), ("{}", [:]), ("\t[ 1 ,\n[ ] , { } ]\r", [1, [], [:]]),
      (#"{"a":{"a":1},"b":[]}"#, ["a": ["a": 1], "b": []]),
    ] as [(String, JSONValue)])
  func textIsRead(text: String, value: JSONValue) throws {
    #expect(try JSONParser.parse(Array(text.utf8)) == value)
  }

  @Test(
    arguments: [
      ("", JSONError.Reason.unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("nul", .unexpectedEnd, 3),
      ("nulL", .unexpectedByte(0x4C), 3), ("NaN", .unexpectedByte(0x4E), 0), ("Infinity", .unexpectedByte(0x49), 0),
      ("-Infinity", .invalidNumber, 1), ("01", .invalidNumber, 1), ("1.", .invalidNumber, 2),
      (".5", .unexpectedByte(0x2E), 0),
      ("+1", .unexpectedByte(0x2B), 0), ("1e", .invalidNumber, 2), ("--1", .invalidNumber, 1),
      ("1 2", .trailingBytes, 2),
      ("{}x", .trailingBytes, 2), ("[1,]", .unexpectedByte(0x5D), 3), ("[1", .unexpectedEnd, 2),
      ("[1}", .unexpectedByte(0x7D), 2), ("{\"a\":1,}", .unexpectedByte(0x7D), 7), ("{a:1}", .unexpectedByte(0x61), 1),
      ("{\"a\" 1}", .unexpectedByte(0x31), 5), ("'a'", .unexpectedByte(0x27), 0), ("\"a", .unexpectedEnd, 2),
      ("\"\u{1}\"", .controlCharacter(1), 1), ("\"a\nb\"", .controlCharacter(0x0A), 2), (#""\x""#, .invalidEscape, 1),
      (#""\u12""#, .invalidEscape, 1), (#""\u12G4""#, .invalidEscape, 1), (#""\ud800""#, .loneSurrogate, 1),
      (#""\udc00""#, .loneSurrogate, 1), (#""\ud800\u0041""#, .loneSurrogate, 1), (#""\ud800x""#, .loneSurrogate, 1),
      ("/* */1", .unexpectedByte(0x2F), 0), (#"{"a":1,"b":{"c":1,"c":2}}"#, .duplicateMember(name: "c", depth: 2), 18),
      (#"{"a":1,"\u0061":2}"#, .duplicateMember(name: "a", depth: 1), 7),
    ] as [(String, JSONError.Reason, Int)])
  func textIsRefusedWhereItGoesWrong(text: String, reason: JSONError.Reason, offset: Int) {
    #expect(throws: JSONError(reason, offset: offset)) { try JSONParser.parse(Array(text.utf8)) }
  }

  @Test(
    arguments: [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
  func stringsAreUTF8(bytes: [UInt8]) {
    #expect(throws: JSONError(.invalidUTF8, offset: 1)) { try JSONParser.parse([0x22] + bytes + [0x22]) }
    #expect(throws: JSONError(.invalidUTF8, offset: 1)) { try JSONParser.parse([0x22] + bytes + Array("\\n\"".utf8)) }
  }

  @Test func byteOrderMarkIsRefused() {
    #expect(throws: JSONError(.unexpectedByte(0xEF), offset: 0)) { try JSONParser.parse([0xEF, 0xBB, 0xBF, 0x31]) }
  }

  @Test(
    arguments: [
      ("9223372036854775806", .max - 1), ("9223372036854775807", .max), ("-9223372036854775807", .min + 1),
      ("-9223372036854775808", .min), ("1000000000000000000", 1_000_000_000_000_000_000),
    ] as [(String, Int64)])
  func integerOf64BitsIsOne(text: String, value: Int64) throws {
    #expect(try JSONParser.parse(Array(text.utf8)) == .integer(value))
    #expect(JSONWriter.bytes(of: .integer(value)) == Array(text.utf8))
  }

  /// One beyond at either end, where the last digit is too much, where the last multiplication is, and where what is
  /// left of 64 bits would look like a small number.
  @Test(arguments: [
    "9223372036854775808", "-9223372036854775809", "9223372036854775810", "-9223372036854775810",
    "10000000000000000000", "-10000000000000000000", "18446744073709551615", "18446744073709551616",
    "-18446744073709551617", "36893488147419103232", "-0",
  ])
  func otherIntegerKeepsItsText(text: String) throws {
    #expect(try JSONParser.parse(Array(text.utf8)) == .decimal(text))
  }

  @Test(arguments: [("[", "]"), ("{\"a\":", "}")]) func depthEndsAtTheLimit(open: String, close: String) throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
    }
    _ = try JSONParser.parse(nested(64))
    #expect(throws: JSONError(.tooDeep(limit: 64), offset: 64 * open.utf8.count)) { try JSONParser.parse(nested(65)) }
  }

  @Test func deepInputNeedsNoDeepStack() {
    let text = [UInt8](repeating: UInt8(ascii: "["), count: 4 << 20)
    #expect(throws: JSONError(.tooDeep(limit: 64), offset: 64)) { try JSONParser.parse(text) }
  }

  @Test func namesAreComparedByBytesAndNotByUnicodeEquivalence() throws {
    let value = try JSONParser.parse(Array(#"{"\u00e9":1,"e\u0301":2}"#.utf8))
    #expect(value["\u{e9}"] == 1)
    #expect(value["e\u{301}"] == 2)
  }

  @Test func duplicateAmongManyNamesIsFound() {
    let members = (0..<100).map { "\"n\($0)\":0" } + ["\"n50\":1"]
    #expect(throws: JSONError.self) { try JSONParser.parse(Array("{\(members.joined(separator: ","))}".utf8)) }
  }

  @Test func offsetsInASliceCountFromItsStart() {
    let text = Array("xx[1,]".utf8)
    #expect(throws: JSONError(.unexpectedByte(0x5D), offset: 3)) { try JSONParser.parse(text[2...]) }
  }

  @Test func anyTruncationIsRefused() {
    let text = Array(#"{"a":[1.5e3,"\u00e9\ud83d\ude00x",true,null,{"b":"é"}]}"#.utf8)
    for count in text.indices {
      #expect(throws: JSONError.self, "\(count) bytes") { try JSONParser.parse(text[..<count]) }
    }
  }
}
