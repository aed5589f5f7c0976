/// A range of positions as editors count them: lines and characters from 0, the end exclusive.
package struct TextRange: Sendable, Equatable {
  package struct Position: Sendable, Equatable {
    package let line: Int
    package let character: Int
  }

  package let start: Position
  package let end: Position

  /// Whole lines, 1-based: up to the start of the line that follows them.
  package init(lines: ClosedRange<Int>) {
    start = Position(line: max(1, lines.lowerBound) - 1, character: 0)
    end = Position(line: max(0, lines.upperBound), character: 0)
  }
}
