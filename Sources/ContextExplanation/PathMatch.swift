internal import BuildContext

/// A pattern of Go's `filepath.Match` on Unix, by which builders choose the sources of `COPY`: it matches whole paths,
/// `*` and `?` no slash.
struct PathMatch: Equatable {
  fileprivate enum Step: Equatable {
    case byte(UInt8)
    /// One character but a slash.
    case any
    /// One character, a slash too.
    case oneOf([ClosedRange<UInt32>], isInverted: Bool)
  }

  /// What stands between two `*`.
  fileprivate struct Chunk: Equatable {
    let isBehindStar: Bool
    let steps: [Step]
  }

  private struct Malformed: Error {}

  private let chunks: [Chunk]

  /// Nothing if the pattern is not well formed, so that it matches no path.
  init?(_ pattern: [UInt8]) {
    var chunks: [Chunk] = []
    var index = 0
    while index < pattern.count {
      let start = index
      while index < pattern.count, pattern[index] == UInt8(ascii: "*") { index += 1 }
      let isBehindStar = index > start
      do throws(Malformed) {
        chunks.append(Chunk(isBehindStar: isBehindStar, steps: try Self.steps(of: pattern, from: &index)))
      } catch {
        return nil
      }
    }
    self.chunks = chunks
  }

  /// Whether a character has another meaning than itself.
  static func isPattern(_ component: some Collection<UInt8>) -> Bool {
    var isEscaped = false
    for byte in component {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if "*?[".utf8.contains(byte) {
        return true
      }
    }
    return false
  }

  func matches(_ path: [UInt8]) -> Bool {
    var position = 0
    chunks: for (index, chunk) in chunks.enumerated() {
      let isLast = index == chunks.count - 1
      if chunk.isBehindStar, chunk.steps.isEmpty { return !path[position...].contains(LexicalPath.slash) }
      if let end = chunk.match(path, at: position), !isLast || end == path.count {
        position = end
        continue
      }
      guard chunk.isBehindStar else { return false }
      var start = position
      while start < path.count, path[start] != LexicalPath.slash {
        start += 1
        guard let end = chunk.match(path, at: start), !isLast || end == path.count else { continue }
        position = end
        continue chunks
      }
      return false
    }
    return position == path.count
  }

  // MARK: Reading

  /// Up to the next `*` that is not in a class.
  private static func steps(of pattern: [UInt8], from index: inout Int) throws(Malformed) -> [Step] {
    var steps: [Step] = []
    while index < pattern.count {
      let byte = pattern[index]
      switch byte {
      case UInt8(ascii: "*"): return steps
      case UInt8(ascii: "?"): steps.append(.any)
      case UInt8(ascii: "["):
        index += 1
        steps.append(try characterClass(of: pattern, from: &index))
        continue
      case UInt8(ascii: "\\"):
        index += 1
        guard index < pattern.count else { throw Malformed() }
        steps.append(.byte(pattern[index]))
      default: steps.append(.byte(byte))
      }
      index += 1
    }
    return steps
  }

  private static func characterClass(of pattern: [UInt8], from index: inout Int) throws(Malformed) -> Step {
    let isInverted = index < pattern.count && pattern[index] == UInt8(ascii: "^")
    if isInverted { index += 1 }
    var ranges: [ClosedRange<UInt32>] = []
    var hasItem = false
    while true {
      guard index < pattern.count else { throw Malformed() }
      if hasItem, pattern[index] == UInt8(ascii: "]") { break }
      let low = try character(of: pattern, from: &index)
      var high = low
      if pattern[index] == UInt8(ascii: "-") {
        index += 1
        high = try character(of: pattern, from: &index)
      }
      if low <= high { ranges.append(low...high) }
      hasItem = true
    }
    index += 1
    return .oneOf(ranges, isInverted: isInverted)
  }

  /// Of a class that is still open behind it.
  private static func character(of pattern: [UInt8], from index: inout Int) throws(Malformed) -> UInt32 {
    guard index < pattern.count, pattern[index] != UInt8(ascii: "-"), pattern[index] != UInt8(ascii: "]") else {
      throw Malformed()
    }
    if pattern[index] == UInt8(ascii: "\\") { index += 1 }
    guard index < pattern.count else { throw Malformed() }
    let (scalar, width) = LenientUTF8.character(of: pattern, at: index)
    if scalar == LenientUTF8.replacement, width == 1 { throw Malformed() }
    index += width
    guard index < pattern.count else { throw Malformed() }
    return scalar
  }
}

extension PathMatch.Chunk {
  /// - Returns: where the path goes on.
  fileprivate func match(_ path: [UInt8], at start: Int) -> Int? {
    var index = start
    for step in steps {
      guard index < path.count else { return nil }
      switch step {
      case .byte(let byte):
        guard path[index] == byte else { return nil }
        index += 1
      case .any:
        guard path[index] != LexicalPath.slash else { return nil }
        index += LenientUTF8.character(of: path, at: index).width
      case .oneOf(let ranges, let isInverted):
        let (scalar, width) = LenientUTF8.character(of: path, at: index)
        guard ranges.contains(where: { $0.contains(scalar) }) != isInverted else { return nil }
        index += width
      }
    }
    return index
  }
}
