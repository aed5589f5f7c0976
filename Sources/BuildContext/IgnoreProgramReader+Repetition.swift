/// `{N}`, `{N,}` and `{N,M}`, which stand behind what they repeat.
extension IgnoreProgramReader {
  /// `max` is nil for any number of times.
  struct Counts {
    let min: Int
    let max: Int?
  }

  /// The most times, as in Go.
  private static let countLimit = 1_000

  /// What stands behind a `{`, through its `}`. Nothing, and nothing is read, if it is something else: then the `{`
  /// stands for itself.
  mutating func readCounts() throws(IgnoreFileFault) -> Counts? {
    var text = rest
    guard let min = Self.readCount(&text) else { return nil }
    var max: Int? = min
    if text.first == 0x2C {
      text.removeFirst()
      max = nil
      if text.first != 0x7D {
        max = Self.readCount(&text)
        if max == nil { return nil }
      }
    }
    guard text.popFirst() == 0x7D else { return nil }
    rest = text
    guard min <= Self.countLimit, max.map({ min <= $0 && $0 <= Self.countLimit }) ?? true else {
      throw .malformedExpression
    }
    return Counts(min: min, max: max)
  }

  /// A decimal number without zeros in front. One above the limit may be given as another above it.
  private static func readCount(_ text: inout ArraySlice<UInt32>) -> Int? {
    let digits = text.prefix { (0x30...0x39).contains($0) }
    guard let first = digits.first, digits.count == 1 || first != 0x30 else { return nil }
    text = text.dropFirst(digits.count)
    return digits.reduce(0) { min($0 * 10 + Int($1) - 0x30, countLimit + 1) }
  }

  mutating func repeatLast(_ counts: Counts) throws(IgnoreFileFault) {
    switch last {
    case .repetition:
      throw .malformedExpression
    case .start:
      guard alternatives.isEmpty else { throw .malformedExpression }
      // The `^` is repeated; no time at all, it does not bind.
      if counts.min == 0 { steps.append(.anyNumberOf(.all)) }
    case .step:
      guard let step = steps.popLast() else { preconditionFailure("a step was read") }
      steps += repeatElement(step, count: counts.min)
      if let max = counts.max {
        for _ in counts.min..<max { steps += [.optional, step] }
      } else if let set = step.characters {
        steps.append(.anyNumberOf(set))
      }
    }
    last = .repetition
  }
}

extension IgnoreProgram.Step {
  /// Those of which it takes one; nothing if it takes none.
  fileprivate var characters: IgnoreCharacterSet? {
    switch self {
    case .one(let character): IgnoreCharacterSet(character...character)
    case .oneOf(let set): set
    case .anyNumberOf, .optional, .optionalPair, .atStart, .atEnd, .atWordBoundary: nil
    }
  }
}
