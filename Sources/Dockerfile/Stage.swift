/// A `FROM` and what follows it up to the next.
package struct Stage: Sendable, Equatable {
  /// Position among the stages, from 0.
  package let index: Int
  /// In lower case, as stage names are compared.
  package let name: String?
  /// As written, before variables are replaced; empty if missing.
  package let base: String
  /// The value of `--platform` as written.
  package let platform: String?
  /// Indices in `Dockerfile.instructions`, the `FROM` included.
  package let instructions: Range<Int>
  /// 1-based, from the `FROM` to the end of the last instruction.
  package let lines: ClosedRange<Int>

  init(index: Int, from: Instruction, instructions: Range<Int>, lastLine: Int) {
    self.index = index
    let words = from.arguments.utf8.split { $0.isWordSeparator }.map { String(Substring($0)) }
    base = words.first ?? ""
    let isNamed = words.count == 3 && words[1].asciiLowercased() == "as"
    name = isNamed ? words[2].asciiLowercased() : nil
    platform = from.values(ofFlag: "platform").last
    self.instructions = instructions
    lines = from.lines.lowerBound...max(lastLine, from.lines.upperBound)
  }

  /// The stages of a Dockerfile. What precedes the first `FROM` belongs to none.
  static func all(in instructions: [Instruction]) -> [Stage] {
    let starts = instructions.indices.filter { instructions[$0].keyword == "FROM" }
    return starts.indices.map { index in
      let end = index + 1 < starts.endIndex ? starts[index + 1] : instructions.endIndex
      return Stage(
        index: index, from: instructions[starts[index]], instructions: starts[index]..<end,
        lastLine: instructions[end - 1].lines.upperBound)
    }
  }
}
