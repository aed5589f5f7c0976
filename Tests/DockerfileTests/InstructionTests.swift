import Testing

@testable import Dockerfile

@Suite struct InstructionTests {
  struct Shape: Equatable, CustomStringConvertible {
    let keyword: String
    let arguments: String
    let lines: ClosedRange<Int>
    init(_ keyword: String, _ arguments: String, _ lines: ClosedRange<Int>) {
      self.keyword = keyword
      self.arguments = arguments
      self.lines = lines
    }
    var description: String { "\(keyword)|\(arguments)|\(lines)" }
  }

  static let texts: [(String, [Shape])] = [
    ("FROM a", [Shape("FROM", "a", 1...1)]),
    ("from a\n\n# c\nRun x y\n", [Shape("FROM", "a", 1...1), Shape("RUN", "x y", 4...4)]),
    ("RUN a \\\n b", [Shape("RUN", "a  b", 1...2)]),
    ("RUN a \\  \t\n b", [Shape("RUN", "a  b", 1...2)]),
    ("RUN a\\\nb", [Shape("RUN", "ab", 1...2)]),
    ("RUN a \\\n# c\n\n  # d \\\nb\nUSER c", [Shape("RUN", "a b", 1...5), Shape("USER", "c", 6...6)]),
    ("RUN a \\\r\n b\r\nUSER c\r\n", [Shape("RUN", "a  b", 1...2), Shape("USER", "c", 3...3)]),
    ("RUN a \\\n", [Shape("RUN", "a", 1...1)]),
    ("RUN a \\\n\n#x", [Shape("RUN", "a", 1...3)]),
    ("\\\nFROM a", [Shape("FROM", "a", 1...2)]),
    ("FR\\\nOM a", [Shape("FROM", "a", 1...2)]),
    ("RUN a \\\\\nUSER c", [Shape("RUN", "a \\\\", 1...1), Shape("USER", "c", 2...2)]),
    ("# escape=`\nRUN a `\n b \\\nUSER c", [Shape("RUN", "a  b \\", 2...3), Shape("USER", "c", 4...4)]),
    ("RUN\ta\u{B}b", [Shape("RUN", "a\u{B}b", 1...1)]),
    ("\u{A0}\u{2003}FROM a\u{3000}", [Shape("FROM", "a", 1...1)]),
    ("\u{85}# comment\nFROM a", [Shape("FROM", "a", 2...2)]),
    ("\u{FEFF}FROM a", [Shape("FROM", "a", 1...1)]),
    ("BOGUS x", [Shape("BOGUS", "x", 1...1)]),
    ("RUN", [Shape("RUN", "", 1...1)]),
    ("RUN # no comment", [Shape("RUN", "# no comment", 1...1)]),
    ("RUN a\n   # c\nUSER b", [Shape("RUN", "a", 1...1), Shape("USER", "b", 3...3)]),
  ]

  @Test(arguments: texts) func instructionsAndTheirLines(text: String, shapes: [Shape]) throws {
    #expect(try read(text).instructions.map { Shape($0.keyword, $0.arguments, $0.lines) } == shapes)
  }

  static let flags: [(String, [String], String)] = [
    ("COPY --from=x a b", ["from=x"], "a b"),
    ("COPY --from=x --chown=1:2 a b", ["from=x", "chown=1:2"], "a b"),
    ("COPY --link a b", ["link"], "a b"),
    ("COPY --from= a b", ["from="], "a b"),
    ("COPY a --from=x b", [], "a --from=x b"),
    ("COPY -- --from=x b", [], "--from=x b"),
    ("COPY --from=x -- a b", ["from=x"], "a b"),
    ("COPY --from='x y' a b", ["from=x y"], "a b"),
    ("COPY --from=\"x\\\"y\" a b", ["from=x\"y"], "a b"),
    ("COPY --from=x\\ y a b", ["from=x y"], "a b"),
    ("COPY --fr'om'=x a b", ["from=x"], "a b"),
    ("COPY \"--from=x\" a b", [], "\"--from=x\" a b"),
    ("COPY --FROM=x a", ["FROM=x"], "a"),
    ("RUN --mount=type=cache,target=/x --mount=from=y z", ["mount=type=cache,target=/x", "mount=from=y"], "z"),
    ("RUN - --x", [], "- --x"),
    ("RUN --x", ["x"], ""),
    ("RUN --x=\"open", ["x=open"], ""),
    ("RUN --x=a\\", ["x=a"], ""),
    ("RUN --x \\\n  --y=1 \\\n z", ["x", "y=1"], "z"),
    ("COPY --chown=a\u{A0}--from=x b c", ["chown=a\u{FFFD}", "from=x"], "b c"),
  ]

  @Test(arguments: flags) func flagsEndAtTheFirstOtherWord(
    text: String, expected: [String], arguments: String
  ) throws {
    let instruction = try #require(try read(text).instructions.first)
    #expect(instruction.flags.map { flag in flag.value.map { flag.name + "=" + $0 } ?? flag.name } == expected)
    #expect(instruction.arguments == arguments)
  }

  @Test func triggerOfOnbuildIsAnInstruction() throws {
    let instruction = try #require(try read("ONBUILD  copy --from=x \\\n a b").instructions.first)
    let trigger = try #require(instruction.trigger)
    #expect(trigger.keyword == "COPY")
    #expect(trigger.values(ofFlag: "from") == ["x"])
    #expect(trigger.arguments == "a b")
    #expect(trigger.lines == 1...2)
    #expect(trigger.trigger == nil)
    #expect(try read("RUN x").instructions[0].trigger == nil)
    #expect(try read("ONBUILD").instructions[0].trigger?.keyword == "")
  }

  @Test(arguments: ["", "\n\n", "# only\n  # comments\n", "\u{FEFF}", " \t\r\n"])
  func fileWithoutInstructionsIsAnError(text: String) {
    #expect(failure(text) == .empty)
  }

  @Test func instructionAtALine() throws {
    let file = try read("FROM a\n\nRUN b \\\n c\n# d\nRUN <<X\ne\nX\n")
    let keywords = (-1...10).map { file.instruction(atLine: $0)?.lines }
    #expect(keywords == [nil, nil, 1...1, nil, 3...4, 3...4, nil, 6...8, 6...8, 6...8, nil, nil])
    #expect(file.instruction(atLine: .min) == nil)
    #expect(file.instruction(atLine: .max) == nil)
  }

  @Test func editorsCountFromZero() {
    #expect(TextRange(lines: 3...4).start == .init(line: 2, character: 0))
    #expect(TextRange(lines: 3...4).end == .init(line: 4, character: 0))
    #expect(TextRange(lines: Int.min...Int.min).start == .init(line: 0, character: 0))
  }

  @Test(arguments: [("RUN a \\\\\nUSER b", [true, false]), ("RUN a \\\nUSER b\\\\ ", [true]), ("RUN a\\\n", [false])])
  func doubledEscapeAtTheEndOfALineIsMarked(text: String, marks: [Bool]) throws {
    #expect(try read(text).instructions.map(\.isReadDifferently) == marks)
  }
}
