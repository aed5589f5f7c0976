/// Decides what it can of a comparison by the end of the path, which is where most patterns differ from most paths.
struct IgnoreEnding: Equatable, Sendable {
  private enum Beginning {
    /// `[^/]*`, as of `*.log`.
    case component
    /// `(.*/)?[^/]*`, as of `**/*.log`.
    case componentBelow
    case other
  }

  private let beginning: Beginning
  /// What every path that matches ends with.
  private let text: [UInt8]

  init(of steps: [IgnoreProgram.Step]) {
    var left = steps[...]
    while left.last == .atEnd { left.removeLast() }
    var reversed: [UInt8] = []
    while case .one(let character)? = left.last, character < 0x80, !left.dropLast().endsInChoice {
      reversed.append(UInt8(character))
      left.removeLast()
    }
    text = reversed.reversed()
    beginning =
      switch Array(left) {
      case _ where steps.last != .atEnd: .other
      case [.anyNumberOf(.notSlash)]: .component
      case [.optionalPair, .anyNumberOf(.notNewline), .one(0x2F), .anyNumberOf(.notSlash)]: .componentBelow
      default: .other
      }
  }

  /// Whether the path matches; nil where all the steps have to be followed to know.
  func decision(on path: [UInt8]) -> Bool? {
    let start = path.count - text.count
    guard start >= 0 else { return false }
    for index in text.indices where path[start + index] != text[index] { return false }
    switch beginning {
    case .component:
      for index in 0..<start where path[index] == LexicalPath.slash { return false }
      return true
    case .componentBelow:
      for byte in path where byte == 0x0A { return nil }
      return true
    case .other:
      return nil
    }
  }
}

extension ArraySlice<IgnoreProgram.Step> {
  /// Whether the step behind these can be passed over.
  fileprivate var endsInChoice: Bool {
    last == .optional || suffix(2).contains(.optionalPair)
  }
}
