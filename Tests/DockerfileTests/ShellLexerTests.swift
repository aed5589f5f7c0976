import Testing

@testable import Dockerfile

@Suite struct ShellLexerTests {
  static let expansions: [(String, String)] = [
    ("plain", "plain"), ("$A", "a"), ("${A}", "a"), ("x$A-y", "xa-y"), ("$AB", ""), ("${A}B", "aB"),
    ("$A$B", "ab"), ("$UNSET", ""), ("${UNSET}", ""), ("$EMPTY", ""), ("a$", "a$"), ("$-x", "x"), ("$1x", "x"),
    ("$.x", "$.x"), ("\\$A", "$A"), ("'$A'", "$A"), ("\"$A\"", "a"), ("\"\\$A\"", "$A"), ("\"\\x\"", "\\x"),
    ("'a\"b'", "a\"b"), ("\"a'b\"", "a'b"), ("\\'", "'"), ("a\\", "a"),
    ("${UNSET:-d}", "d"), ("${EMPTY:-d}", "d"), ("${A:-d}", "a"), ("${UNSET-d}", "d"), ("${EMPTY-d}", ""),
    ("${A:+d}", "d"), ("${EMPTY:+d}", ""), ("${EMPTY+d}", "d"), ("${UNSET+d}", ""), ("${UNSET:+d}", ""),
    ("${A:?m}", "a"), ("${EMPTY?m}", ""), ("${UNSET:-$B}", "b"), ("${UNSET:-${UNSET:-${B}}}", "b"),
    ("${UNSET:-'}'}", "}"), ("${UNSET:-\"}\"}", "}"), ("${UNSET:-\\}}", "}"), ("${UNSET:-}", ""), ("a b", "a b"),
  ]

  static let variables: Variables = {
    var variables = Variables()
    variables.set("A", to: Array("a".utf8))
    variables.set("B", to: Array("b".utf8))
    variables.set("EMPTY", to: [])
    variables.set("UNKNOWN", to: nil)
    variables.set("DISPUTED", to: Array("d".utf8), isDisputed: true)
    return variables
  }()

  func expand(_ word: String, escape: UInt8 = UInt8(ascii: "\\")) throws(ShellLexer.Failure) -> String {
    var lexer = ShellLexer(Array(word.utf8)[...], mode: .expand(Self.variables), escape: escape)
    return String(decoding: try lexer.text(), as: UTF8.self)
  }

  @Test(arguments: expansions) func variablesAndQuotesAreReplaced(word: String, result: String) throws {
    #expect(try expand(word) == result)
  }

  @Test(arguments: [
    ("${A", ShellLexer.Failure.malformed), ("${", .malformed), ("${}", .malformed), ("${:-x}", .malformed),
    ("${{A}", .malformed), ("${A:-x", .malformed), ("${A:", .malformed), ("${A:zx}", .malformed),
    ("${A!x}", .malformed),
    ("'a", .malformed), ("\"a", .malformed), ("\"a\\", .malformed),
    ("${UNSET?}", .requiredValueMissing), ("${UNSET:?m}", .requiredValueMissing),
    ("${EMPTY:?m}", .requiredValueMissing),
    ("${A#x}", .unknown), ("${A##x}", .unknown), ("${A%x}", .unknown), ("${A/x/y}", .unknown), ("${A//x/y}", .unknown),
    ("$UNKNOWN", .unknown), ("${UNKNOWN:-x}", .unknown), ("$é", .unknown),
  ])
  func whatCannotBeToldFails(word: String, failure: ShellLexer.Failure) {
    #expect(throws: failure) { try expand(word) }
  }

  @Test func escapeFollowsTheDirective() throws {
    #expect(try expand("`$A\\x", escape: UInt8(ascii: "`")) == "$A\\x")
    #expect(try expand("\"`$A\"", escape: UInt8(ascii: "`")) == "$A")
  }

  @Test func useOfADisputedValueIsNoticed() throws {
    for (word, isDisputed) in [("$DISPUTED", true), ("${DISPUTED:+x}", true), ("$A", false)] {
      var lexer = ShellLexer(Array(word.utf8)[...], mode: .expand(Self.variables))
      _ = try lexer.text()
      #expect(lexer.usedDisputedValue == isDisputed)
    }
  }

  @Test func nestingAndOutputAreLimited() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "${U:-", count: depth) + "x" + String(repeating: "}", count: depth)
    }
    #expect(try expand(nested(ShellLexer.depthLimit)) == "x")
    #expect(throws: ShellLexer.Failure.tooDeep) { try expand(nested(ShellLexer.depthLimit + 1)) }
    #expect(throws: ShellLexer.Failure.tooLong) {
      try expand(String(repeating: "x", count: ShellLexer.outputLimit + 1))
    }
  }

  @Test(arguments: [
    ("a b", ["a", "b"]), ("a\\ b c", ["a\\ b", "c"]), ("'a b' c", ["'a b'", "c"]),
    ("\"a \\\" b\" c", ["\"a \\\" b\"", "c"]),
    ("$A ${B} ${C:-d e}", ["$A", "${B}", "${C:-d", "e}"]), ("${A/x y/z}", ["${A/x", "y/z}"]), ("a\u{A0}b", ["a", "b"]),
    ("  ", []), ("$(x)", ["$(x)"]),
  ])
  func cutKeepsWordsAsWritten(text: String, words: [String]) throws {
    var lexer = ShellLexer(Array(text.utf8)[...], mode: .cut)
    #expect(try lexer.words().map { String(decoding: $0, as: UTF8.self) } == words)
  }

  @Test(arguments: [
    ("A", ["A"]), ("A=1 B=2", ["A=1", "B=2"]), ("A='x y' B", ["A='x y'", "B"]), ("A=\\  B", ["A=\\ ", "B"]),
    ("A=\"x\\\" y\" B", ["A=\"x\\\" y\"", "B"]), ("A='x\\' B", ["A='x\\'", "B"]), ("A=\\", ["A=\\"]),
    ("A='x y", ["A='x y"]),
    ("", []), ("A\u{2003}B", ["A", "B"]),
  ])
  func argumentsAreCutAtWhiteSpace(text: String, words: [String]) {
    let cut = ArgumentWords.cut(text, escape: UInt8(ascii: "\\"))
    #expect(cut.map { String(decoding: $0, as: UTF8.self) } == words)
  }
}
