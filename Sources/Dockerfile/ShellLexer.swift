/// Quotes, escapes and variables, in the way of BuildKit's `shell/lex.go`, which resembles a shell's but is none.
///
/// Time is linear in the text, up to `depthLimit` for nested substitutions; output is limited by `outputLimit`.
struct ShellLexer {
  enum Failure: Error, Equatable {
    /// A quote or `${` is not closed, or what stands in `${}` is no substitution: the Engine refuses it.
    case malformed
    /// `${NAME?}` of a variable without value: the Engine refuses it.
    case requiredValueMissing
    /// The Engine may know the result, this reader does not: pattern substitutions, names beyond ASCII, values that
    /// cannot be known here.
    case unknown
    case tooDeep
    case tooLong
  }

  enum Mode: Equatable {
    /// Cuts into words only: quotes, escapes and variables stay as processed.
    case cut
    /// Variables and quotes stay.
    case unescape
    /// Variables stay.
    case unquote
    case expand(Variables)

    var keepsQuotes: Bool { self == .cut || self == .unescape }
  }

  /// Nesting of `${NAME:-${NAME:-…}}` that is followed.
  static let depthLimit = 32
  /// Bytes that expansion may yield.
  static let outputLimit = 8192

  private let mode: Mode
  private let keepsQuotes: Bool
  private let variables: Variables?
  private let escape: UInt8
  private let bytes: ArraySlice<UInt8>
  private var index: Int
  /// Bytes read or taken from values.
  private(set) var processed = 0
  /// A value was used on which versions of the Engine differ.
  private(set) var usedDisputedValue = false

  init(_ bytes: ArraySlice<UInt8>, mode: Mode, escape: UInt8 = UInt8(ascii: "\\")) {
    self.bytes = bytes
    self.mode = mode
    self.escape = escape
    keepsQuotes = mode.keepsQuotes
    if case .expand(let variables) = mode { self.variables = variables } else { variables = nil }
    index = bytes.startIndex
  }

  /// The text with all its white space.
  mutating func text() throws(Failure) -> [UInt8] {
    var sink = WordSink()
    try read(until: nil, keepsEscapes: mode == .cut, depth: 0, into: &sink)
    return sink.text
  }

  /// The text cut at white space that is neither quoted nor escaped.
  mutating func words() throws(Failure) -> [[UInt8]] {
    var sink = WordSink()
    try read(until: nil, keepsEscapes: mode == .cut, depth: 0, into: &sink)
    sink.endWord()
    return sink.words
  }

  private var peek: UInt8? { index < bytes.endIndex ? bytes[index] : nil }

  private mutating func take() -> UInt8? {
    guard let byte = peek else { return nil }
    index += 1
    return byte
  }

  private mutating func count(_ output: Int) throws(Failure) {
    processed += output
    if variables != nil, processed > Self.outputLimit { throw .tooLong }
  }

  /// Reads up to and over `stop`, or to the end if that is nil.
  private mutating func read(
    until stop: UInt8?, keepsEscapes: Bool, depth: Int, into sink: inout WordSink
  ) throws(Failure) {
    guard depth <= Self.depthLimit else { throw .tooDeep }
    while let byte = peek {
      try count(1)
      switch byte {
      case stop:
        index += 1
        return
      case UInt8(ascii: "'"): sink.add(quoted: try singleQuoted())
      case UInt8(ascii: "\""): sink.add(quoted: try doubleQuoted(keepsEscapes: keepsEscapes, depth: depth))
      case UInt8(ascii: "$"): sink.add(plain: try substitution(keepsEscapes: keepsEscapes, depth: depth)[...])
      case escape:
        index += 1
        if keepsEscapes { sink.add(quoted: [escape]) }
        if let escaped = take() { sink.add(quoted: [escaped]) }
      default:
        let length = max(1, bytes.whiteSpaceLength(at: index))
        sink.add(plain: bytes[index..<index + length])
        index += length
      }
    }
    if stop != nil { throw .malformed }
  }

  private mutating func singleQuoted() throws(Failure) -> [UInt8] {
    let start = index
    guard let end = bytes[(index + 1)...].firstIndex(of: UInt8(ascii: "'")) else { throw .malformed }
    index = end + 1
    try count(end - start)
    return Array(keepsQuotes ? bytes[start...end] : bytes[(start + 1)..<end])
  }

  private mutating func doubleQuoted(keepsEscapes: Bool, depth: Int) throws(Failure) -> [UInt8] {
    index += 1
    var result: [UInt8] = keepsQuotes ? [UInt8(ascii: "\"")] : []
    while let byte = peek {
      try count(1)
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        if keepsQuotes { result.append(byte) }
        return result
      case UInt8(ascii: "$"): result += try substitution(keepsEscapes: keepsEscapes, depth: depth)
      case escape:
        index += 1
        if keepsEscapes { result.append(byte) }
        guard let next = peek else { continue }
        if next == UInt8(ascii: "\"") || next == UInt8(ascii: "$") || next == escape {
          index += 1
          result.append(next)
        } else if !keepsEscapes {
          // Before any other byte it stands for itself.
          result.append(byte)
        }
      default:
        index += 1
        result.append(byte)
      }
    }
    throw .malformed
  }

  // MARK: Variables

  /// What a dollar sign and what belongs to it stand for.
  private mutating func substitution(keepsEscapes: Bool, depth: Int) throws(Failure) -> [UInt8] {
    let start = index
    index += 1
    guard peek == UInt8(ascii: "{") else {
      let name = try name()
      if name.isEmpty { return [UInt8(ascii: "$")] }
      return try value(of: name) ?? (variables == nil ? Array(bytes[start..<index]) : [])
    }
    index += 1
    switch peek {
    case nil, UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ":"): throw .malformed
    default: break
    }
    let name = try name()
    guard var modifier = take() else { throw .malformed }
    if modifier == UInt8(ascii: "}") {
      return try value(of: name) ?? (variables == nil ? Array(bytes[start..<index]) : [])
    }
    var emptyIsUnset = false
    if modifier == UInt8(ascii: ":") {
      emptyIsUnset = true
      guard let next = take() else { throw .malformed }
      modifier = next
    } else if !"+-?#%/".utf8.contains(modifier) {
      throw .malformed
    }
    let head = Array(bytes[start..<index])
    if modifier == UInt8(ascii: "/"), !emptyIsUnset {
      return try patternReplacement(head: head, depth: depth)
    }
    let isPattern = modifier == UInt8(ascii: "#") || modifier == UInt8(ascii: "%")
    var word = WordSink()
    try read(until: UInt8(ascii: "}"), keepsEscapes: isPattern, depth: depth + 1, into: &word)
    guard variables != nil else {
      word.add(quoted: [UInt8(ascii: "}")])
      return head + word.text
    }
    return try apply(modifier, emptyIsUnset: emptyIsUnset, to: name, word: word.text)
  }

  private mutating func patternReplacement(head: [UInt8], depth: Int) throws(Failure) -> [UInt8] {
    var pattern = WordSink()
    var replacement = WordSink()
    if peek == UInt8(ascii: "/") { index += 1 }
    try read(until: UInt8(ascii: "/"), keepsEscapes: true, depth: depth + 1, into: &pattern)
    try read(until: UInt8(ascii: "}"), keepsEscapes: true, depth: depth + 1, into: &replacement)
    guard variables == nil else { throw .unknown }
    var written = head + pattern.text
    written.append(UInt8(ascii: "/"))
    written += replacement.text
    written.append(UInt8(ascii: "}"))
    return written
  }

  private mutating func apply(
    _ modifier: UInt8, emptyIsUnset: Bool, to name: ArraySlice<UInt8>, word: [UInt8]
  ) throws(Failure) -> [UInt8] {
    var current = try value(of: name)
    if emptyIsUnset, current?.isEmpty == true { current = nil }
    switch modifier {
    case UInt8(ascii: "-"): return current ?? word
    case UInt8(ascii: "+"): return current == nil ? [] : word
    case UInt8(ascii: "?"):
      guard let current else { throw .requiredValueMissing }
      return current
    case UInt8(ascii: "#"), UInt8(ascii: "%"): throw .unknown
    default: throw .malformed
    }
  }

  /// A run of digits, one of the shell's special parameters, or letters, digits and underscores.
  private mutating func name() throws(Failure) -> ArraySlice<UInt8> {
    let start = index
    if let byte = peek, "@*#?-$!0".utf8.contains(byte), !byte.isASCIIDigit {
      index += 1
    } else if peek?.isASCIIDigit == true {
      while peek?.isASCIIDigit == true { index += 1 }
    } else {
      while let byte = peek, byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "_") { index += 1 }
      // Letters beyond ASCII belong to the name, other characters do not.
      if variables != nil, let byte = peek, byte >= 0x80 { throw .unknown }
    }
    return bytes[start..<index]
  }

  private mutating func value(of name: ArraySlice<UInt8>) throws(Failure) -> [UInt8]? {
    guard let variable = variables?[String(decoding: name, as: UTF8.self)] else { return nil }
    if variable.isDisputed { usedDisputedValue = true }
    guard let value = variable.value else { throw .unknown }
    try count(value.count)
    return value
  }
}

/// Takes text from a `ShellLexer`, and cuts it into words beside.
private struct WordSink {
  private(set) var text: [UInt8] = []
  private(set) var words: [[UInt8]] = []
  private var word: [UInt8] = []

  /// White space in `bytes` parts words.
  mutating func add(plain bytes: ArraySlice<UInt8>) {
    text += bytes
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let length = bytes.whiteSpaceLength(at: index)
      if length > 0 {
        endWord()
        index += length
      } else {
        word.append(bytes[index])
        index += 1
      }
    }
  }

  mutating func add(quoted bytes: [UInt8]) {
    text += bytes
    word += bytes
  }

  /// An empty word is none, even a quoted one.
  mutating func endWord() {
    guard !word.isEmpty else { return }
    words.append(word)
    word = []
  }
}
