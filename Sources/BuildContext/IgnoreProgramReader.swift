/// Reads the text of an expression (`IgnoreExpression`) into steps: the part of Go's `regexp/syntax` that such texts
/// can hold. Unicode classes (`\p`) are refused.
struct IgnoreProgramReader {
  private static let backslash: UInt32 = 0x5C
  private static let openingBracket: UInt32 = 0x5B
  private static let closingBracket: UInt32 = 0x5D
  private static let colon: UInt32 = 0x3A

  /// Builders allow some millions, which only repetitions of repetitions could ask for in a line of 64 KiB.
  private static let stepLimit = 1 << 16

  var rest: ArraySlice<UInt32>
  var alternatives: [[IgnoreProgram.Step]] = []
  /// Of the alternative that is being read.
  var steps: [IgnoreProgram.Step] = []
  /// What a repetition would repeat.
  var last = Atom.start

  enum Atom {
    /// Nothing: the beginning of an alternative, in the first of which stands the `^`.
    case start
    /// The last step.
    case step
    /// Repeated already, which may be done once.
    case repetition
  }

  static func read(_ expression: [UInt32]) throws(IgnoreFileFault) -> IgnoreProgram {
    var reader = IgnoreProgramReader(rest: expression[...])
    while let character = reader.rest.popFirst() {
      try reader.readAtom(character)
      guard reader.steps.count <= stepLimit else { throw .malformedExpression }
    }
    return IgnoreProgram(alternatives: reader.alternatives + [reader.steps])
  }

  private init(rest: ArraySlice<UInt32>) {
    self.rest = rest
  }

  private func isNext(_ scalar: Unicode.Scalar) -> Bool { rest.first == scalar.value }

  private mutating func readAtom(_ character: UInt32) throws(IgnoreFileFault) {
    switch character {
    case "[":
      appendRepeatable(try readClass())
    case ".":
      appendRepeatable(.notNewline)
    case "(":
      // Only `(.*/)?` is ever written outside of a class.
      steps += [.optionalPair, .anyNumberOf(.notNewline), .one(UInt32(LexicalPath.slash))]
      rest = rest.dropFirst(5)
      last = .repetition
    case "^":
      append(.atStart)
    case "$":
      append(.atEnd)
    case "|":
      // Neither end of the path binds what stands on this side of it.
      alternatives.append(steps + [.anyNumberOf(.all)])
      steps = [.anyNumberOf(.all)]
      last = .start
    case "{":
      if let counts = try readCounts() { try repeatLast(counts) } else { append(.one(character)) }
    case "\\":
      try readEscapedAtom()
    default:
      append(.one(character))
    }
  }

  private mutating func append(_ step: IgnoreProgram.Step) {
    steps.append(step)
    last = .step
  }

  private mutating func appendRepeatable(_ set: IgnoreCharacterSet) {
    if isNext("*") {
      rest.removeFirst()
      steps.append(.anyNumberOf(set))
      last = .repetition
    } else {
      append(.oneOf(set))
    }
  }

  private mutating func readEscapedAtom() throws(IgnoreFileFault) {
    guard let character = rest.first else { throw .malformedExpression }
    let step: IgnoreProgram.Step
    switch character {
    case "A": step = .atStart
    case "z": step = .atEnd
    case "b": step = .atWordBoundary(true)
    case "B": step = .atWordBoundary(false)
    case "Q":
      rest.removeFirst()
      readQuoted()
      return
    default:
      guard let set = IgnoreCharacterSet(escape: character) else {
        append(.one(try readEscape()))
        return
      }
      step = .oneOf(set)
    }
    rest.removeFirst()
    // Only a class can be repeated by what a pattern's `*` becomes; behind an escape stands a class of its own.
    append(step)
  }

  /// Literal text up to `\E`, or to the end.
  private mutating func readQuoted() {
    while let character = rest.popFirst() {
      if character == Self.backslash, isNext("E") {
        rest.removeFirst()
        return
      }
      append(.one(character))
    }
    // The `$` was part of it, and nothing binds the end of the path.
    steps.append(.anyNumberOf(.all))
  }

  /// What stands behind a `[`, through its `]`, which is an ordinary character in first place.
  private mutating func readClass() throws(IgnoreFileFault) -> IgnoreCharacterSet {
    var set = IgnoreCharacterSet()
    let isInverted = isNext("^")
    if isInverted { rest.removeFirst() }
    var isFirst = true
    while isFirst || !isNext("]") {
      isFirst = false
      if let named = try readNamedClass() {
        set.formUnion(named)
        continue
      }
      if isNext("\\"), let escape = rest.dropFirst().first, let known = IgnoreCharacterSet(escape: escape) {
        rest = rest.dropFirst(2)
        set.formUnion(known)
        continue
      }
      let low = try readClassCharacter()
      var high = low
      if isNext("-"), let next = rest.dropFirst().first, next != Self.closingBracket {
        rest.removeFirst()
        high = try readClassCharacter()
      }
      guard low <= high else { throw .malformedExpression }
      set.insert(low...high)
    }
    rest.removeFirst()
    return isInverted ? set.inverted : set
  }

  /// `[:name:]`, or nothing if what follows only looks like the start of one.
  private mutating func readNamedClass() throws(IgnoreFileFault) -> IgnoreCharacterSet? {
    guard rest.count > 2, rest.starts(with: [Self.openingBracket, Self.colon]) else { return nil }
    let name = rest.dropFirst(2)
    guard
      let end = name.indices.dropLast().first(where: { name[$0] == Self.colon && name[$0 + 1] == Self.closingBracket })
    else { return nil }
    guard let set = IgnoreCharacterSet(posixName: name[..<end]) else { throw .malformedExpression }
    rest = rest[(end + 2)...]
    return set
  }

  private mutating func readClassCharacter() throws(IgnoreFileFault) -> UInt32 {
    guard let character = rest.popFirst() else { throw .malformedExpression }
    return character == Self.backslash ? try readEscape() : character
  }

  /// What stands behind a `\`, as one character.
  private mutating func readEscape() throws(IgnoreFileFault) -> UInt32 {
    guard let character = rest.popFirst() else { throw .malformedExpression }
    switch character {
    case "a": return 0x07
    case "f": return 0x0C
    case "n": return 0x0A
    case "r": return 0x0D
    case "t": return 0x09
    case "v": return 0x0B
    case "x":
      guard let high = popHexadecimalDigit(), let low = popHexadecimalDigit() else { throw .malformedExpression }
      return high << 4 | low
    case 0x30...0x37:
      // One digit from 1 to 7 alone would refer back to a group.
      guard character == 0x30 || octalDigit != nil else { throw .malformedExpression }
      var value = character - 0x30
      for _ in 0..<2 {
        guard let digit = octalDigit else { break }
        rest.removeFirst()
        value = value << 3 | digit
      }
      return value
    default:
      guard character < 0x80, !IgnoreCharacterSet.wordCharacters.contains(character) || character == 0x5F else {
        throw .malformedExpression
      }
      return character
    }
  }

  private var octalDigit: UInt32? {
    guard let digit = rest.first, (0x30...0x37).contains(digit) else { return nil }
    return digit - 0x30
  }

  private mutating func popHexadecimalDigit() -> UInt32? {
    switch rest.popFirst() {
    case .some(let digit) where (0x30...0x39).contains(digit): digit - 0x30
    case .some(let digit) where (0x41...0x46).contains(digit): digit - 0x41 + 10
    case .some(let digit) where (0x61...0x66).contains(digit): digit - 0x61 + 10
    default: nil
    }
  }
}
