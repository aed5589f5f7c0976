internal import Dockerfile

/// The text of the instructions that are neither `COPY` nor `ADD`, to look for names in.
struct CommandWords {
  private let text: [UInt8]

  init(_ text: String) { self.text = Array(text.utf8) }

  /// - Parameter lines: of the instructions, 1-based.
  init(_ dockerfile: [UInt8], lines: [ClosedRange<Int>]) {
    let all = dockerfile.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var text: [UInt8] = []
    for range in lines {
      for line in range where line <= all.count { text += all[line - 1] + [UInt8(ascii: "\n")] }
    }
    self.text = text
  }

  /// Whether a name stands there as a word, or as a component of a path. A name in front of an equals sign, as in
  /// `--mount=target=/x`, is an option's.
  func contain(_ name: String) -> Bool { Self.end(of: Array(name.utf8), in: text[...]) != nil }

  /// Whether a command of a program has one of these words, or, where `alone` says so, none but options.
  func contain(_ program: String, with words: [String], alone: Bool) -> Bool {
    var left = text[...]
    while let end = Self.end(of: Array(program.utf8), in: left) {
      left = text[end...]
      let rest = Self.command(left)
      if words.contains(where: { Self.end(of: Array($0.utf8), in: rest) != nil }) { return true }
      let arguments = rest.split(whereSeparator: Self.separates)
      if alone, arguments.allSatisfy({ $0.first == UInt8(ascii: "-") }) { return true }
    }
    return false
  }

  /// Up to where the command ends that the text begins in the middle of.
  private static func command(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var isContinued = false
    for (index, byte) in zip(text.indices, text) {
      if ";&|".utf8.contains(byte) || byte == UInt8(ascii: "\n") && !isContinued { return text[..<index] }
      if byte > 0x20 { isContinued = byte == UInt8(ascii: "\\") }
    }
    return text
  }

  private static func end(of name: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
    guard let first = name.first else { return nil }
    var index = text.startIndex
    while let found = text[index...].firstIndex(of: first) {
      index = found + 1
      guard text[found...].starts(with: name) else { continue }
      let isStart =
        found == text.startIndex || separates(text[found - 1]) || text[found - 1] == UInt8(ascii: "=")
      let end = found + name.count
      if isStart, end == text.endIndex || separates(text[end]) { return end }
    }
    return nil
  }

  private static func separates(_ byte: UInt8) -> Bool {
    byte <= 0x20 || "/\"'`,:;&|()[]{}$<>\\*".utf8.contains(byte)
  }
}
