/// A compiled expression. All its ways are followed at once, so a match costs at most the number of steps times the
/// number of characters, whatever the pattern.
struct IgnoreProgram: Equatable, Sendable {
  /// Steps are taken in order; the path matches when it ends behind the last one.
  enum Step: Equatable, Sendable {
    /// Takes this character.
    case one(UInt32)
    /// Takes one character of the set.
    case oneOf(IgnoreCharacterSet)
    /// Takes any number of characters of the set.
    case anyNumberOf(IgnoreCharacterSet)
    /// Takes either the step behind it or not.
    case optional
    /// Takes either the two steps behind it or none of them.
    case optionalPair
    case atStart
    case atEnd
    /// Between a word character and another, or the reverse if false.
    case atWordBoundary(Bool)
  }

  /// Of which one has to match.
  let alternatives: [[Step]]
  /// What need not be followed of each.
  private let endings: [IgnoreEnding]

  init(alternatives: [[Step]]) {
    self.alternatives = alternatives
    endings = alternatives.map(IgnoreEnding.init(of:))
  }

  func matches(_ path: [UInt8]) -> Bool {
    for (steps, ending) in zip(alternatives, endings) {
      if ending.decision(on: path) ?? IgnoreProgramRun(steps: steps).matches(path) { return true }
    }
    return false
  }
}
