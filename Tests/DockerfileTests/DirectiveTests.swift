import Testing

@testable import Dockerfile

@Suite struct DirectiveTests {
  @Test(arguments: [
    ("# syntax=docker/dockerfile:1\nFROM a\n", "docker/dockerfile:1", 1),
    ("#syntax=a\nFROM a", "a", 1),
    ("#   SynTax  =  a:1  \nFROM a", "a:1", 1),
    ("# syntax = a:1 with words\nFROM a", "a:1", 1),
    ("# escape=`\n# syntax=a\nFROM a", "a", 2),
    ("# check=skip=all\n# syntax=a\nFROM a", "a", 2),
    ("\u{FEFF}# syntax=a\nFROM a", "a", 1),
    ("#!/usr/bin/env docker\n# syntax=a\nFROM a", "a", 2),
    ("\u{FEFF}#!/x\n# syntax=a\nFROM a", "a", 2),
    ("# syntax=a\r\nFROM a\r\n", "a", 1),
    ("// syntax=a\npackage main", "a", 1),
    ("#!/x\n//syntax = a\n", "a", 2),
    ("{\"a\":[1,{\"b\":null}],\"syntax\":\"x\\u002fy\"}", "x/y", 1),
    ("{ \"syntax\" : \"old\", \"syntax\": \"new\" }\n", "new", 1),
    ("# syntax=a\n# syntax=b\nFROM a", "a", 1),
  ])
  func syntaxImageIsDetected(text: String, reference: String, line: Int) throws {
    #expect(try read(text).syntax == SyntaxImage(reference: reference, line: line))
  }

  @Test(arguments: [
    "\n# syntax=a\nFROM b",
    "# a comment\n# syntax=a\nFROM b",
    "FROM b\n# syntax=a",
    " # syntax=a\nFROM b",
    "  # escape=`\n# syntax=a\nFROM b",
    "# syntax\nFROM b",
    "# syntax=\nFROM b",
    "# 1syntax=a\nFROM b",
    "# x=y\n# syntax=a\nFROM b",
    "// escape\n// syntax=a\nFROM b",
    "{\"syntax\": 1}",
    "{\"syntax\": \"a\"} x",
    "{\"syntax\": \"a\", \"b\": 01}",
    "{\"Syntax\": \"a\"}",
    "[\"syntax\", \"a\"]",
  ])
  func syntaxImageIsNotDetectedElsewhere(text: String) throws {
    #expect(try read(text).syntax == nil)
  }

  @Test func syntaxBelowAnUnknownKeyIsDisputed() throws {
    let file = try read("# x=y\n# syntax=a\nFROM b")
    #expect(file.reasons() == [.readersDiffer])
    #expect(file.unresolvedNames(.buildKit())[0].lines == 2...2)
    #expect(file.reasons(.classic()) == [])
  }

  @Test func directivesInForceAreListed() throws {
    let file = try read("# check=skip=all\n#ESCAPE = `\n# not one\n# syntax=a\nFROM a")
    #expect(
      file.directives == [
        Directive(name: .check, value: "skip=all", line: 1), Directive(name: .escape, value: "`", line: 2),
      ])
    #expect(file.escape == UInt8(ascii: "`"))
    #expect(file.instructions.map(\.lines) == [5...5])
  }

  @Test func escapeMayBeIndentedButNotFollowAShebang() throws {
    #expect(try read("  # escape=`\nFROM a").escape == UInt8(ascii: "`"))
    #expect(try read("#!/x\n# escape=`\nFROM a").escape == UInt8(ascii: "\\"))
    #expect(try read("#!/x\n# escape=x\n# escape=y\nFROM a").escape == UInt8(ascii: "\\"))
  }

  @Test(arguments: [
    ("# escape=x\nFROM a", DockerfileError.invalidEscape(line: 1)),
    ("# escape= \nFROM a", .invalidEscape(line: 1)),
    ("# escape=\\\\\nFROM a", .invalidEscape(line: 1)),
    ("# escape=\\\n# Escape=\\\nFROM a", .duplicateDirective(name: "escape", line: 2)),
    ("# check=a\n# check=b\nFROM a", .duplicateDirective(name: "check", line: 2)),
  ])
  func wrongDirectivesAreErrors(text: String, error: DockerfileError) {
    #expect(failure(text) == error)
  }

  @Test func aFileThatNamesItsReaderIsNotJudged() throws {
    let text = "# syntax=my/language\n# syntax=b\nrun <<X\nkey: [1\n"
    #expect(try read(text).syntax?.reference == "my/language")
    #expect(try read("# syntax=a\n# escape=x\n").instructions == [])
  }
}
