import JSON
import Testing

struct JSONWriterTests {
  private func text(_ value: JSONValue) -> String { String(decoding: JSONWriter.bytes(of: value), as: UTF8.self) }

  @Test func outputIsCompactAndKeepsOrder() {
    let value: JSONValue = ["b": [1, -2, .decimal("1.50"), true, nil], "a": [:], "c": []]
    #expect(text(value) == #"{"b":[1,-2,1.50,true,null],"a":{},"c":[]}"#)
  }

  @Test func stringsAreEscapedOnlyWhereTheyHaveToBe() {
    #expect(text("\"\\/\n\r\t\u{0}\u{1f}\u{7f}é\u{2028}😀") == #""\"\\/\n\r\t\u0000\u001f"# + "\u{7f}é\u{2028}😀\"")
  }

  @Test func writtenByPartsIsTheSame() {
    var writer = JSONWriter(appendingTo: Array("x".utf8))
    writer.object {
      $0.member("a", 1)
      $0.name("b")
      $0.array {
        $0.write("s")
        $0.raw("[2]")
        $0.raw(Array("3".utf8))
        $0.object { _ in }
        $0.write(JSONValue.integer(4))
      }
      $0.member("c", nil)
    }
    #expect(String(decoding: writer.bytes, as: UTF8.self) == #"x{"a":1,"b":["s",[2],3,{},4],"c":null}"#)
  }

  @Test(arguments: [0, 9, 10, -1, -10, 1_795_461_327_971, Int64.max, Int64.min])
  func integersAreWrittenWhole(value: Int64) {
    #expect(text(.integer(value)) == String(value))
  }

  /// Where a comma goes before the name, too.
  private func object(_ text: String) -> JSONObject {
    var object: JSONObject = ["first": 1]
    object[text] = .string(text)
    object["last"] = 2
    return object
  }

  /// Of any length, so that it stands anywhere in what is looked at together.
  @Test(arguments: ["\"", "\\", "\u{0}", "\u{1F}"]) func whatHasToBeEscapedIsFoundAnywhere(special: String) throws {
    for length in 0..<40 {
      for place in 0...length {
        let source = String(repeating: "é ~", count: place) + special + String(repeating: "z", count: length - place)
        for value: JSONValue in [.string(source), .object(object(source))] {
          #expect(try JSONParser.parse(JSONWriter.bytes(of: value)) == value)
        }
      }
    }
  }

  @Test(arguments: [
    "null", "-0", "1e400", "12345678901234567890", #"["",{"a":{"b":[]}}]"#, #""\u0001é\\""#,
  ])
  func whatIsReadIsWrittenTheSame(source: String) throws {
    #expect(text(try JSONParser.parse(Array(source.utf8))) == source)
  }
}
