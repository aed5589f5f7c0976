import Testing

@testable import BuildContext

struct IgnorePatternTests {
  private func pattern(_ text: String) throws -> IgnorePattern {
    try #require(try IgnorePattern(IgnoreFile.Line(number: 1, pattern: Array(text.utf8))))
  }

  @Test(
    arguments: [
      // Literal.
      ("a", ["a"], ["b", "aa", "x/a", "a/b", "A"]),
      ("a/b", ["a/b"], ["a", "b", "a/b/c"]),
      ("a.b", ["a.b"], ["axb"]),
      ("é", ["é"], ["e"]),
      ("^a", ["^a"], ["a"]),
      // One component.
      ("*", ["a", ".a", "é"], ["a/b"]),
      ("*.go", ["a.go", ".go"], ["a/b.go", "a.goo", "ago"]),
      ("a*c", ["ac", "abc", "a.c"], ["a/c", "abcd"]),
      ("?", ["a", "é"], ["", "ab", "/"]),
      ("a?c", ["abc", "a.c"], ["a/c", "ac"]),
      ("*/*", ["a/b"], ["a", "a/b/c"]),
      ("a+(b){c}$.*", ["a+(b){c}$.x"], ["ab", "a+(b){c}$"]),
      // Any number of components.
      ("**", ["a", "a/b", "a/b/c"], []),
      ("**/a", ["a", "x/a", "x/y/a"], ["xa/b", "ab"]),
      ("**a", ["a", "xa", "x/ya"], ["ab"]),
      ("a/**", ["a/b", "a/b/c"], ["a", "ab"]),
      ("a**", ["a", "ab", "a/b"], ["ba"]),
      ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
      ("a**/b", ["ab", "a/b", "ax/b"], ["axb"]),
      ("**/*.txt", ["a.txt", "x/a.txt", "x/y/.txt"], ["a.txt/b"]),
      ("**/a/**", ["a/b", "x/a/b"], ["a", "x/a"]),
      // What a path has to end with, and what it only may.
      ("**/*.log", ["a.log", "x/.log"], ["log", "a.logs", "a.log/b"]),
      ("**/*.log", ["x\n.log", "a/x\n.log"], ["a\n/x.log", "a\n/b/.log"]),
      ("*.log", ["x\n.log"], ["a/x.log", "/.log"]),
      ("*ab{2}", ["abb", "xabb"], ["ab", "b"]),
      ("*ab{0,1}", ["a", "ab", "xab"], ["b", "abb"]),
      ("*a.{0,1}b{0,2}", ["xa", "a.b", "abb", "a.bb"], ["b", ".bb"]),
      ("a**/b{0,1}c", ["ac", "a/c", "ax/bc", "abc"], ["axc", "ab"]),
      ("*é", ["é", "aé"], ["e", "a\u{A9}"]),
      ("**/**/**", ["a", "a/b"], []),
      // Classes and escapes.
      ("[a-c]x", ["ax", "cx"], ["dx", "x", "[a-c]x"]),
      ("[^a-c]x", ["dx", "/x", "éx"], ["ax"]),
      ("[!a]x", ["!x", "ax"], ["bx"]),
      ("[é-ü]", ["ö"], ["o"]),
      ("[\\]a]", ["]", "a"], ["b"]),
      ("\\*", ["*"], ["a"]),
      ("\\a*", ["\u{7}x"], ["ax"]),
      ("\\d?", ["1x"], ["dx"]),
      ("\\x41*", ["A", "Ab"], ["x41"]),
      ("\\101*", ["Ab"], ["101"]),
      ("[[:upper:]]*", ["Ab"], ["ab"]),
      ("[[:^upper:]]*", ["ab"], ["Ab"]),
      ("[\\W]*", ["-a"], ["a"]),
      ("\\Qa.b\\E?", ["a\\.bx"], ["a.bx"]),
      ("*\\bb", ["a b", "b"], ["ab"]),
      // What passing brackets through leads to.
      ("[*]", ["]", "[]", "^/]"], ["*", "a"]),
      ("^a*", ["a", "ab"], ["^a"]),
      ("x^*", [], ["x^", "x"]),
      ("[a]*$", ["a$", "ab$"], ["a"]),
      ("a|b", ["a|b"], ["a", "b"]),
      ("a|b*", ["a", "ax/y", "b", "x/bc"], ["xa", "b/x"]),
      ("|*", ["x", "x/y"], []),
      ("a{2}*", ["aa", "aab"], ["a", "a{2}"]),
      ("a{2}", ["a{2}"], ["aa"]),
      ("[ab]{1,2}?", ["ax", "abx"], ["x", "abax"]),
      ("a{1,}b*", ["ab", "aaab"], ["b"]),
      ("a{0}?", ["b"], ["ab"]),
      ("{0}a*", ["a", "xab"], ["b"]),
      ("a{01}*", ["a{01}"], ["a"]),
      ("a{,2}*", ["a{,2}"], ["a"]),
      ("\\Qa", ["a$", "a$x"], ["a"]),
      ("\u{FEFF}a*", ["a", "ab"], ["\u{FEFF}a"]),
    ] as [(String, [String], [String])])
  func matches(text: String, these: [String], notThose: [String]) throws {
    let pattern = try pattern(text)
    for path in these { #expect(try pattern.matches(Array(path.utf8)), "\(path)") }
    for path in notThose { #expect(try !pattern.matches(Array(path.utf8)), "\(path)") }
  }

  @Test func takesAnyMalformedByteForTheReplacementCharacter() throws {
    #expect(try pattern("?x").matches([0xFF, UInt8(ascii: "x")]))
    let malformed = try #require(try IgnorePattern(IgnoreFile.Line(number: 1, pattern: [0xFF, UInt8(ascii: "*")])))
    #expect(try malformed.matches([0xFE]))
  }

  @Test(.timeLimit(.minutes(1))) func manyWildcardsCostNoMoreThanTheirNumber() throws {
    let pattern = try pattern(String(repeating: "**/*a", count: 100) + "b")
    let path = Array(String(repeating: "a/", count: 400).utf8)
    #expect(try !pattern.matches(path))
  }
}
