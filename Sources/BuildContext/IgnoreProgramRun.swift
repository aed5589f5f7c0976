/// One comparison of a path with the steps of one alternative.
struct IgnoreProgramRun {
  private let steps: [IgnoreProgram.Step]

  init(steps: [IgnoreProgram.Step]) {
    self.steps = steps
  }

  func matches(_ path: [UInt8]) -> Bool {
    // One bit for each step that may come next, and one for the end behind the last.
    let wordCount = steps.count / UInt64.bitWidth + 1
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * wordCount) { words in
      words.initialize(repeating: 0)
      return run(
        over: path, now: UnsafeMutableBufferPointer(rebasing: words[..<wordCount]),
        next: UnsafeMutableBufferPointer(rebasing: words[wordCount...]))
    }
  }

  private func run(
    over path: [UInt8], now: UnsafeMutableBufferPointer<UInt64>, next: UnsafeMutableBufferPointer<UInt64>
  ) -> Bool {
    var (now, next) = (now, next)
    var previous: UInt32?
    var index = 0
    now[0] = 1
    while true {
      let upcoming = index < path.count ? LenientUTF8.character(of: path, at: index) : nil
      follow(now, previous: previous, upcoming: upcoming?.scalar)
      guard let (character, width) = upcoming else { return isSet(now, steps.count) }
      var isAlive = false
      forEachSet(in: now) { step in
        guard step < steps.count else { return }
        switch steps[step] {
        case .one(character):
          set(next, step + 1)
          isAlive = true
        case .oneOf(let set) where set.contains(character):
          self.set(next, step + 1)
          isAlive = true
        case .anyNumberOf(let set) where set.contains(character):
          self.set(next, step)
          isAlive = true
        default:
          break
        }
      }
      guard isAlive else { return false }
      swap(&now, &next)
      next.update(repeating: 0)
      previous = character
      index += width
    }
  }

  /// Adds the steps that can come next without taking a character. They lie behind the step that leads to them, so
  /// one pass finds them all.
  private func follow(_ active: UnsafeMutableBufferPointer<UInt64>, previous: UInt32?, upcoming: UInt32?) {
    forEachSet(in: active) { step in
      guard step < steps.count else { return }
      switch steps[step] {
      case .one, .oneOf:
        break
      case .anyNumberOf:
        set(active, step + 1)
      case .optional:
        set(active, step + 1)
        set(active, step + 2)
      case .optionalPair:
        set(active, step + 1)
        set(active, step + 3)
      case .atStart:
        if previous == nil { set(active, step + 1) }
      case .atEnd:
        if upcoming == nil { set(active, step + 1) }
      case .atWordBoundary(let wanted):
        let isBoundary = Self.isWordCharacter(previous) != Self.isWordCharacter(upcoming)
        if isBoundary == wanted { set(active, step + 1) }
      }
    }
  }

  private static func isWordCharacter(_ scalar: UInt32?) -> Bool {
    scalar.map(IgnoreCharacterSet.wordCharacters.contains) ?? false
  }

  private func set(_ words: UnsafeMutableBufferPointer<UInt64>, _ bit: Int) {
    words[bit / UInt64.bitWidth] |= 1 << UInt64(bit % UInt64.bitWidth)
  }

  private func isSet(_ words: UnsafeMutableBufferPointer<UInt64>, _ bit: Int) -> Bool {
    words[bit / UInt64.bitWidth] >> UInt64(bit % UInt64.bitWidth) & 1 == 1
  }

  /// Rising; `body` may set bits above the one it was called with, and is called for those too.
  private func forEachSet(in words: UnsafeMutableBufferPointer<UInt64>, _ body: (Int) -> Void) {
    for index in words.indices {
      var done: UInt64 = 0
      while true {
        let left = words[index] & ~done
        guard left != 0 else { break }
        let bit = left.trailingZeroBitCount
        done |= 1 << UInt64(bit)
        body(index * UInt64.bitWidth + bit)
      }
    }
  }
}
