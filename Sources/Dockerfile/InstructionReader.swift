/// Reads instructions one after the other: joins continuation lines, leaves out comments, passes over heredocs.
///
/// Follows BuildKit's `parser.Parse`. In two things versions of the Engine differ, and an instruction with either is
/// marked (`Instruction.isReadDifferently`), as what one version takes for the inside of an instruction may be an
/// instruction to another:
/// - a line that ends with two escape characters goes on in the next line before Engine 23.0, not since;
/// - the delimiter of a heredoc that is more than letters, digits, `_`, `-` and `.`, or quoted in part.
struct InstructionReader {
  /// Heredocs that one instruction may open.
  static let heredocLimit = 256

  private var source: SourceLines
  private let escape: UInt8
  private let endClosesHeredocs: Bool

  /// - Parameters:
  ///   - bytes: the text without byte order mark
  ///   - endClosesHeredocs: an open heredoc at the end is no error
  init(_ bytes: ArraySlice<UInt8>, escape: UInt8, endClosesHeredocs: Bool) {
    source = SourceLines(bytes)
    self.escape = escape
    self.endClosesHeredocs = endClosesHeredocs
  }

  mutating func next() throws(DockerfileError) -> Instruction? {
    while let line = source.next() {
      let text = line.trimmingLeadingWhiteSpace()
      if text.isEmpty || text.first == UInt8(ascii: "#") { continue }
      return try instruction(startingWith: text)
    }
    return nil
  }

  private mutating func instruction(startingWith text: ArraySlice<UInt8>) throws(DockerfileError) -> Instruction {
    let start = source.number
    var (joined, goesOn, isReadDifferently) = continuation(text)
    while goesOn, let line = source.next() {
      let trimmed = line.trimmingLeadingWhiteSpace()
      if trimmed.isEmpty || trimmed.first == UInt8(ascii: "#") { continue }
      let part = continuation(line)
      joined += part.text
      goesOn = part.goesOn
      isReadDifferently = isReadDifferently || part.isReadDifferently
    }

    let parts = InstructionParts(joined)
    var heredocs: [Heredoc] = []
    if joined.contains(UInt8(ascii: "<")), parts.mayOpenHeredocs {
      if let openings = HeredocOpening.all(in: joined) {
        guard openings.count <= Self.heredocLimit else {
          throw .tooManyHeredocs(limit: Self.heredocLimit, line: start)
        }
        for opening in openings { heredocs.append(try skipText(of: opening, line: start)) }
        isReadDifferently = isReadDifferently || openings.contains { !$0.isPlain }
      } else {
        isReadDifferently = true
      }
    }
    return Instruction(
      parts, heredocs: heredocs, lines: start...source.number, isReadDifferently: isReadDifferently)
  }

  private func continuation(
    _ line: ArraySlice<UInt8>
  ) -> (text: ArraySlice<UInt8>, goesOn: Bool, isReadDifferently: Bool) {
    var end = line.endIndex
    while end > line.startIndex, line[end - 1] == 0x20 || line[end - 1] == 0x09 { end -= 1 }
    let text = line[..<end]
    guard text.last == escape else { return (line, false, false) }
    let isDoubled = text.dropLast().last == escape
    return isDoubled ? (line, false, true) : (text.dropLast(), true, false)
  }

  private mutating func skipText(of opening: HeredocOpening, line start: Int) throws(DockerfileError) -> Heredoc {
    let first = source.number + 1
    func heredoc(end: Int) -> Heredoc {
      Heredoc(
        delimiter: String(decoding: opening.delimiter, as: UTF8.self), isExpanded: opening.isExpanded,
        stripsTabs: opening.stripsTabs, lines: first..<end)
    }
    while let line = source.next() {
      let candidate = opening.stripsTabs ? line.drop { $0 == 0x09 } : line
      if candidate.elementsEqual(opening.delimiter) { return heredoc(end: source.number) }
    }
    guard endClosesHeredocs else {
      throw .unterminatedHeredoc(
        delimiter: String(decoding: opening.delimiter.prefix(64), as: UTF8.self), line: start)
    }
    return heredoc(end: max(first, source.number + 1))
  }
}
