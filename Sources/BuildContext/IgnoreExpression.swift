/// What a pattern means, by the rules of the builders' matcher (moby/patternmatcher, `Pattern.compile`): one of three
/// plain comparisons, or a regular expression.
///
/// The expression is made as text and then read back (`IgnoreProgramReader`), as builders do, because the pattern's
/// brackets are passed through: in `[*]` the `*` becomes `[^/]*` inside of the class, and the result is a class, a
/// repetition and a `]`. So are `|`, `{` and `}`, which builders mean to escape: `a|b*` is what begins with `a`, or ends
/// with a `b` and what follows it in its component.
enum IgnoreExpression: Equatable {
  /// The path is the pattern.
  case exact
  /// The pattern is literal text and `**`: the path starts with that text.
  case prefix
  /// The pattern is `**` and literal text: the path ends with that text, or is it without its leading `/`.
  case suffix
  /// The characters of a regular expression behind its `^`, with a `$` at its end.
  case expression([UInt32])

  init(pattern: [UInt8]) {
    var characters = LenientUTF8.characters(of: pattern)
    // Builders read the pattern as they would a source file.
    if characters.first == 0xFEFF { characters.removeFirst() }
    var text: [UInt32] = []
    var meaning = IgnoreExpression.exact
    var index = 0

    func peek() -> UInt32? { index < characters.count ? characters[index] : nil }
    func isNext(_ scalar: Unicode.Scalar) -> Bool { peek() == scalar.value }

    while index < characters.count {
      let isFirst = index == 0
      let character = characters[index]
      index += 1
      switch character {
      case "*" where isNext("*"):
        index += 1
        if isNext("/") { index += 1 }
        if peek() != nil {
          text += "(.*/)?"
          meaning = .expression([])
        } else if meaning == .exact {
          meaning = .prefix
        } else {
          text += ".*"
          meaning = .expression([])
        }
        if isFirst { meaning = .suffix }
      case "*":
        text += "[^/]*"
        meaning = .expression([])
      case "?":
        text += "[^/]"
        meaning = .expression([])
      case ".", "+", "(", ")", "$":
        text += [0x5C, character]
      case "\\":
        text.append(character)
        if let next = peek() {
          text.append(next)
          index += 1
          meaning = .expression([])
        }
      case "[", "]":
        text.append(character)
        meaning = .expression([])
      default:
        text.append(character)
      }
    }
    if case .expression = meaning {
      text += "$"
      self = .expression(text)
    } else {
      self = meaning
    }
  }
}

extension UInt32 {
  /// Lets a switch over character values name the characters.
  static func ~= (pattern: Unicode.Scalar, value: UInt32) -> Bool { pattern.value == value }
}

extension [UInt32] {
  fileprivate static func += (text: inout [UInt32], addition: String) {
    text.append(contentsOf: addition.unicodeScalars.lazy.map(\.value))
  }
}
