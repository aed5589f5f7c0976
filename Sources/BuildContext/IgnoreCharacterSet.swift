/// A set of characters, as a class of a regular expression names it.
struct IgnoreCharacterSet: Equatable, Sendable {
  /// Members below 128, one bit each.
  private var low: UInt64 = 0
  private var high: UInt64 = 0
  /// Members from 128 on.
  private var ranges: [ClosedRange<UInt32>] = []

  private static let lastScalar: UInt32 = 0x10FFFF

  init() {}

  init(_ ranges: ClosedRange<UInt32>...) {
    for range in ranges { insert(range) }
  }

  func contains(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0..<64: low >> scalar & 1 == 1
    case 64..<128: high >> (scalar - 64) & 1 == 1
    default: ranges.contains { $0.contains(scalar) }
    }
  }

  mutating func insert(_ range: ClosedRange<UInt32>) {
    if range.lowerBound < 128 {
      for scalar in range.lowerBound...min(range.upperBound, 127) {
        if scalar < 64 { low |= 1 << UInt64(scalar) } else { high |= 1 << UInt64(scalar - 64) }
      }
    }
    if range.upperBound >= 128 { ranges.append(max(range.lowerBound, 128)...range.upperBound) }
  }

  mutating func formUnion(_ other: IgnoreCharacterSet) {
    low |= other.low
    high |= other.high
    ranges += other.ranges
  }

  var inverted: IgnoreCharacterSet {
    var result = IgnoreCharacterSet()
    result.low = ~low
    result.high = ~high
    var next: UInt32 = 128
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if next < range.lowerBound { result.ranges.append(next...(range.lowerBound - 1)) }
      next = max(next, range.upperBound + 1)
    }
    if next <= Self.lastScalar { result.ranges.append(next...Self.lastScalar) }
    return result
  }

  static let all = IgnoreCharacterSet().inverted
  static let notSlash = IgnoreCharacterSet(0x2F...0x2F).inverted
  /// What `.` stands for.
  static let notNewline = IgnoreCharacterSet(0x0A...0x0A).inverted
  static let digits = IgnoreCharacterSet(0x30...0x39)
  static let wordCharacters = IgnoreCharacterSet(0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A)

  /// `\d`, `\s`, `\w` and, in capitals, their complements.
  init?(escape: UInt32) {
    switch escape {
    case "d": self = .digits
    case "D": self = Self.digits.inverted
    case "s": self = IgnoreCharacterSet(0x09...0x0A, 0x0C...0x0D, 0x20...0x20)
    case "S": self = IgnoreCharacterSet(0x09...0x0A, 0x0C...0x0D, 0x20...0x20).inverted
    case "w": self = .wordCharacters
    case "W": self = Self.wordCharacters.inverted
    default: return nil
    }
  }

  /// The POSIX class of `[:name:]`; `[:^name:]` is its complement.
  init?(posixName name: ArraySlice<UInt32>) {
    let isInverted = name.first == 0x5E
    var text = ""
    text.unicodeScalars.append(contentsOf: name.dropFirst(isInverted ? 1 : 0).compactMap(Unicode.Scalar.init))
    guard let set = Self.posixClass(named: text) else { return nil }
    self = isInverted ? set.inverted : set
  }

  private static func posixClass(named name: String) -> IgnoreCharacterSet? {
    switch name {
    case "alnum": IgnoreCharacterSet(0x30...0x39, 0x41...0x5A, 0x61...0x7A)
    case "alpha": IgnoreCharacterSet(0x41...0x5A, 0x61...0x7A)
    case "ascii": IgnoreCharacterSet(0x00...0x7F)
    case "blank": IgnoreCharacterSet(0x09...0x09, 0x20...0x20)
    case "cntrl": IgnoreCharacterSet(0x00...0x1F, 0x7F...0x7F)
    case "digit": IgnoreCharacterSet(0x30...0x39)
    case "graph": IgnoreCharacterSet(0x21...0x7E)
    case "lower": IgnoreCharacterSet(0x61...0x7A)
    case "print": IgnoreCharacterSet(0x20...0x7E)
    case "punct": IgnoreCharacterSet(0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E)
    case "space": IgnoreCharacterSet(0x09...0x0D, 0x20...0x20)
    case "upper": IgnoreCharacterSet(0x41...0x5A)
    case "word": .wordCharacters
    case "xdigit": IgnoreCharacterSet(0x30...0x39, 0x41...0x46, 0x61...0x66)
    default: nil
    }
  }
}
