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
  func contain(_ name: String) -> Bool {
    let name = Array(name.utf8)
    guard let first = name.first else { return false }
    var index = text.startIndex
    while let found = text[index...].firstIndex(of: first) {
      index = found + 1
      guard text[found...].starts(with: name) else { continue }
      let isStart = found == 0 || Self.separates(text[found - 1]) || text[found - 1] == UInt8(ascii: "=")
      let end = found + name.count
      if isStart, end == text.count || Self.separates(text[end]) { return true }
    }
    return false
  }

  private static func separates(_ byte: UInt8) -> Bool {
    byte <= 0x20 || "/\"'`,:;&|()[]{}$<>\\*".utf8.contains(byte)
  }
}
