import Testing

@testable import Broker

struct AnsiFilterTests {
  @Test(arguments: [
    ("plain é", "plain é"), ("\u{1B}[31mred\u{1B}[0m", "red"), ("\u{1B}[1;2;38:5:1mx", "x"), ("a\u{1B}[2Kb", "ab"),
    ("\u{1B}[?25lx\u{1B}[?25h", "x"), ("\u{1B}]0;title\u{07}x", "x"),
    ("\u{1B}]8;;http://a\u{1B}\\link\u{1B}]8;;\u{1B}\\", "link"),
    ("\u{1B}Pdata\u{1B}\\x", "x"), ("\u{1B}(Bx", "x"), ("\u{1B}=x", "x"), ("\u{1B}cx", "x"),
    // Without an end they reach to the end.
    ("a\u{1B}", "a"), ("a\u{1B}[", "a"), ("a\u{1B}[31", "a"), ("a\u{1B}]title", "a"), ("a\u{1B}(", "a"),
    // A sequence inside a string ends it.
    ("\u{1B}]0;t\u{1B}[31mx", "x"),
    // What is behind an escape and is no sequence stays whole.
    ("a\u{1B}é", "aé"), ("a\u{1B}(é", "aé"), ("\u{1B}\u{1B}[mx", "x"),
    ("tab\tcr\r", "tab\tcr\r"),
  ])
  func sequencesGoAndTextStays(text: String, expected: String) {
    #expect(String(validating: AnsiFilter.strip(Array(text.utf8)), as: UTF8.self) == expected)
  }

  @Test func bytesThatAreNoTextStay() {
    #expect(AnsiFilter.strip([0xFF, 0x1B, 0x5B, 0x6D, 0xFE]) == [0xFF, 0xFE])
    #expect(!AnsiFilter.hasSequences([0xFF, 0x5B]))
  }
}
