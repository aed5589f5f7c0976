import Testing

@testable import Dockerfile

@Suite struct HeredocTests {
  /// The instructions' lines tell whether the text was taken for a heredoc.
  static let texts: [(String, [ClosedRange<Int>])] = [
    ("RUN <<EOF\nFROM x\nEOF\nUSER a", [1...3, 4...4]),
    ("RUN <<EOF\nEOF\nUSER a", [1...2, 3...3]),
    ("RUN <<EOF\r\nx\r\nEOF\r\nUSER a", [1...3, 4...4]),
    ("RUN <<-EOF\n\tx\n\t\tEOF\nUSER a", [1...3, 4...4]),
    ("RUN <<EOF\n\tEOF\nEOF\nUSER a", [1...3, 4...4]),
    ("RUN <<'EOF'\nEOF\nUSER a", [1...2, 3...3]),
    ("RUN <<\"EOF\"\nEOF\nUSER a", [1...2, 3...3]),
    ("RUN <<'one two'\none two\nUSER a", [1...2, 3...3]),
    ("RUN <<eo'f'\neof\nUSER a", [1...2, 3...3]),
    ("RUN <<eo\\'f\neo'f\nUSER a", [1...2, 3...3]),
    ("RUN <<$EOF\n$EOF\nUSER a", [1...2, 3...3]),
    ("RUN 3<<EOF\nEOF\nUSER a", [1...2, 3...3]),
    ("RUN <<EOF python3\nEOF\nUSER a", [1...2, 3...3]),
    ("RUN cat <<A && cat <<B\nb\nA\na\nB\nUSER a", [1...5, 6...6]),
    ("RUN cat \\\n <<A\nx \\\nA\nUSER a", [1...4, 5...5]),
    ("RUN --mount=type=cache,target=/x <<EOF\nEOF\nUSER a", [1...2, 3...3]),
    ("COPY <<X <<Y /dest\nY\nX\nX\nY\nUSER a", [1...5, 6...6]),
    ("COPY <<file.txt /dest\nx\nfile.txt\nUSER a", [1...3, 4...4]),
    ("ADD <<X /dest\nX\nUSER a", [1...2, 3...3]),
    ("ONBUILD RUN <<X\nFROM y\nX\nUSER a", [1...3, 4...4]),
    ("onbuild copy --chmod=1 <<X /\nX\nUSER a", [1...2, 3...3]),
    ("RUN echo $(cat <<A\nx\nA\nUSER a", [1...3, 4...4]),
    ("RUN echo ${A:- <<B }\nB\nUSER a", [1...2, 3...3]),
    // None of these opens one.
    ("USER <<EOF\nUSER b", [1...1, 2...2]),
    ("ENV A=<<EOF\nUSER b", [1...1, 2...2]),
    ("ONBUILD ONBUILD RUN <<X\nUSER b", [1...1, 2...2]),
    ("RUN \"<<EOF\"\nUSER b", [1...1, 2...2]),
    ("RUN '<<EOF'\nUSER b", [1...1, 2...2]),
    ("RUN \\<<EOF\nUSER b", [1...1, 2...2]),
    ("RUN <<<EOF\nUSER b", [1...1, 2...2]),
    ("RUN << EOF\nUSER b", [1...1, 2...2]),
    ("RUN x<<EOF\nUSER b", [1...1, 2...2]),
    ("RUN echo $((1<<2))\nUSER b", [1...1, 2...2]),
    ("RUN <<-\nUSER b", [1...1, 2...2]),
    ("RUN [\"<<EOF\"]\nUSER b", [1...1, 2...2]),
    ("RUN [ \"a\", 1, {\"<<EOF\": []} ]\nUSER b", [1...1, 2...2]),
    ("COPY [\"<<EOF\", \"b\"]\nUSER b", [1...1, 2...2]),
    ("RUN echo \"it's <<EOF\nUSER b", [1...1, 2...2]),
    ("RUN echo it's <<EOF\nUSER b", [1...1, 2...2]),
    ("RUN echo ${ <<EOF\nUSER b", [1...1, 2...2]),
  ]

  @Test(arguments: texts) func bodiesBelongToTheInstruction(text: String, lines: [ClosedRange<Int>]) throws {
    #expect(try read(text).instructions.map(\.lines) == lines)
  }

  @Test func heredocsAreDescribed() throws {
    let file = try read("FROM a\nCOPY <<A <<-'B' <<c\"d\" /x\n1\n2\nA\n\tB\n3\ncd\n")
    #expect(
      file.instructions[1].heredocs == [
        Heredoc(delimiter: "A", isExpanded: true, stripsTabs: false, lines: 3..<5),
        Heredoc(delimiter: "B", isExpanded: false, stripsTabs: true, lines: 6..<6),
        Heredoc(delimiter: "cd", isExpanded: false, stripsTabs: false, lines: 7..<8),
      ])
  }

  @Test(arguments: [
    ("RUN <<EOF", false), ("RUN <<-'EOF'", false), ("RUN <<\"E.O-F_1\"", false), ("RUN <<E'OF'", true),
    ("RUN <<'E F'", true), ("RUN <<$EOF", true), ("RUN <<E\\OF", true), ("RUN <<é", true),
  ])
  func unusualDelimitersAreMarked(line: String, isMarked: Bool) throws {
    let delimiters = ["EOF", "E.O-F_1", "E F", "$EOF", "é"]
    let file = try read(line + "\n" + delimiters.joined(separator: "\n"))
    #expect(file.instructions[0].isReadDifferently == isMarked)
    #expect(file.instructions[0].heredocs.count == 1)
  }

  @Test(arguments: [
    ("RUN <<EOF", "EOF", 1), ("FROM a\nRUN <<EOF\nEOF x\n EOF\n", "EOF", 2), ("FROM a\nCOPY <<A <<B /\nA\n", "B", 2),
    ("RUN <<EOF\n\tEOF", "EOF", 1),
  ])
  func openHeredocIsAnError(text: String, delimiter: String, line: Int) {
    #expect(failure(text) == .unterminatedHeredoc(delimiter: delimiter, line: line))
  }

  @Test func heredocsOfOneInstructionAreLimited() {
    let limit = InstructionReader.heredocLimit
    let openings = { (count: Int) in "RUN" + String(repeating: " <<a", count: count) + "\n" }
    let closings = String(repeating: "a\n", count: limit + 1)
    #expect(failure(openings(limit) + closings) == nil)
    #expect(failure("FROM a\n" + openings(limit + 1) + closings) == .tooManyHeredocs(limit: limit, line: 2))
  }
}
