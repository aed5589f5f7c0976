import Testing

@testable import BuildContext

struct IgnoreFileTests {
  private func patterns(_ text: String) throws -> [String] {
    try IgnoreFile(reading: Array(text.utf8)).lines.map { String(decoding: $0.pattern, as: UTF8.self) }
  }

  @Test(
    arguments: [
      ("", []), ("\n\n", []), ("a\nb", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]), ("# x\n#\na", ["a"]),
      ("  # x", ["# x"]),
      ("\u{FEFF}a\n\u{FEFF}b", ["a", "\u{FEFF}b"]), ("\u{FEFF}# x", []), ("  a  \n\t\n", ["a"]),
      ("/a/\na/\n./a\n//a", ["a", "a", "a", "a"]),
      ("/\n.\n../d", ["/", ".", "../d"]), ("!  /a", ["!a"]), ("!", ["!"]), ("!/", ["!/"]), ("!!a", ["!!a"]),
      ("a/../b", ["b"]), ("\\ a", ["\\ a"]),
    ] as [(String, [String])])
  func readsPatterns(text: String, expected: [String]) throws {
    #expect(try patterns(text) == expected)
  }

  @Test func countsLinesFromOneWithCommentsAndEmptyOnes() throws {
    let file = try IgnoreFile(reading: Array("# x\n\na\n".utf8))
    #expect(file.lines.map(\.number) == [3])
  }

  @Test func refusesALineOf64KiB() throws {
    let longest = [UInt8](repeating: UInt8(ascii: "a"), count: 65535)
    #expect(try IgnoreFile(reading: longest + [0x0A]).lines.count == 1)
    #expect(throws: IgnoreFileError(line: 2, pattern: Array(longest.prefix(64)), reason: .lineTooLong)) {
      try IgnoreFile(reading: [0x0A] + longest + [0x61])
    }
  }

  @Test(arguments: [
    ("!", IgnoreFileFault.exceptionWithoutPattern), ("!/", .exceptionWithoutPattern), ("[a", .malformedPattern),
    ("[a-]", .malformedPattern), ("[-x]", .malformedPattern), ("[]a]", .malformedPattern), ("[]", .malformedPattern),
    ("[^]", .malformedPattern), ("[", .malformedPattern), ("a\\", .malformedPattern), ("[a\\", .malformedPattern),
    ("*[a", .malformedPattern), ("!a/[", .malformedPattern), ("?[", .malformedPattern),
  ])
  func refusesMalformedPatterns(pattern: String, reason: IgnoreFileFault) throws {
    let file = try IgnoreFile(reading: Array("ok\n\(pattern)".utf8))
    let error = #expect(throws: IgnoreFileError.self) { try IgnoreRules(file, alwaysSent: []) }
    #expect(error?.line == 2)
    #expect(error?.reason == reason)
  }

  @Test(arguments: [
    "x*[a", "[z-a]", "[a*]\\p", "[Local-Only]", "a*\\é", "[[:none:]]", "x*\\1", "x*\\x4", "x*{2}", "a|{2}*", "a{2}{2}*",
    "a{1001}*", "a{2,1}*",
  ])
  func refusesMalformedExpressionsOnceAPathIsCompared(pattern: String) throws {
    let rules = try IgnoreRules(IgnoreFile(reading: Array("*.o\n\(pattern)".utf8)), alwaysSent: [])
    var hits: IgnoreRules.Hits = []
    #expect(try rules.excludes(Array("a.o".utf8), parent: [], hits: &hits))
    let error = #expect(throws: IgnoreFileError.self) {
      try rules.excludes(Array("a.c".utf8), parent: [], hits: &hits)
    }
    #expect(error?.reason == .malformedExpression)
  }
}
