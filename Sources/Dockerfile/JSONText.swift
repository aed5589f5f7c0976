/// The little of JSON that Dockerfiles hold: the exec form `["a", "b"]` of arguments, and the syntax image of a file
/// that is a JSON object.
///
/// As lenient as Go's `encoding/json`, which the Engine uses: bytes that are not UTF-8 and lone surrogates become
/// U+FFFD. Memory and time are linear; nesting costs no stack.
struct JSONText {
  enum ExecForm: Equatable {
    case strings([String])
    /// A JSON array, but not of strings only; the Engine refuses it.
    case otherArray
    /// Not a JSON array: the shell form.
    case none
  }

  /// Go refuses deeper texts.
  private static let depthLimit = 10_000

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  static func execForm(_ text: ArraySlice<UInt8>) -> ExecForm {
    let text = text.trimmingLeadingWhiteSpace()
    guard text.first == UInt8(ascii: "[") else { return .none }
    var reader = JSONText(text)
    reader.position += 1
    var strings: [String] = []
    var onlyStrings = true
    reader.skipWhiteSpace()
    if reader.take("]") { return reader.isAtEnd ? .strings([]) : .none }
    while true {
      reader.skipWhiteSpace()
      if reader.peek == UInt8(ascii: "\"") {
        guard let string = reader.string() else { return .none }
        strings.append(string)
      } else {
        guard reader.skipValue(openContainers: 1) else { return .none }
        onlyStrings = false
      }
      reader.skipWhiteSpace()
      if reader.take(",") { continue }
      guard reader.take("]"), reader.isAtEnd else { return .none }
      return onlyStrings ? .strings(strings) : .otherArray
    }
  }

  /// The member's value, if the whole of `text` is one JSON object whose last member of that name is a string.
  static func stringMember(_ name: String, ofObject text: ArraySlice<UInt8>) -> String? {
    var reader = JSONText(text)
    reader.skipWhiteSpace()
    guard reader.take("{") else { return nil }
    var found: String?
    reader.skipWhiteSpace()
    if reader.take("}") { return nil }
    while true {
      reader.skipWhiteSpace()
      guard let key = reader.string() else { return nil }
      reader.skipWhiteSpace()
      guard reader.take(":") else { return nil }
      reader.skipWhiteSpace()
      if reader.peek == UInt8(ascii: "\"") {
        guard let value = reader.string() else { return nil }
        if key == name { found = value }
      } else {
        guard reader.skipValue(openContainers: 1) else { return nil }
        if key == name { found = nil }
      }
      reader.skipWhiteSpace()
      if reader.take(",") { continue }
      return reader.take("}") && reader.isAtEnd ? found : nil
    }
  }

  private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  /// Nothing but white space is left.
  private var isAtEnd: Bool {
    mutating get {
      skipWhiteSpace()
      return peek == nil
    }
  }

  private mutating func skipWhiteSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  /// Passes one value of any kind. `openContainers` are those around it.
  private mutating func skipValue(openContainers: Int) -> Bool {
    var closers: [UInt8] = []
    while true {
      skipWhiteSpace()
      switch peek {
      case UInt8(ascii: "{")?, UInt8(ascii: "[")?:
        guard openContainers + closers.count < Self.depthLimit else { return false }
        let isObject = take("{")
        if !isObject { position += 1 }
        closers.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        skipWhiteSpace()
        if peek != closers.last {
          if isObject, !skipKey() { return false }
          continue
        }
      case UInt8(ascii: "\"")?:
        guard string() != nil else { return false }
      default:
        guard skipLiteral() else { return false }
      }
      // A value has ended, or an empty container is about to.
      while true {
        skipWhiteSpace()
        guard let closer = closers.last else { return true }
        if peek == closer {
          position += 1
          closers.removeLast()
          continue
        }
        guard take(",") else { return false }
        if closer == UInt8(ascii: "}"), !skipKey() { return false }
        break
      }
    }
  }

  private mutating func skipKey() -> Bool {
    skipWhiteSpace()
    guard string() != nil else { return false }
    skipWhiteSpace()
    return take(":")
  }

  /// `true`, `false`, `null` or a number.
  private mutating func skipLiteral() -> Bool {
    let start = position
    while let byte = peek, byte.isASCIILetter || byte.isASCIIDigit || byte == 0x2B || byte == 0x2D || byte == 0x2E {
      position += 1
    }
    let word = bytes[start..<position]
    if word.first?.isASCIILetter == true {
      return ["true", "false", "null"].contains { word.elementsEqual($0.utf8) }
    }
    return Self.isNumber(word)
  }

  /// RFC 8259 section 6.
  private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
    var rest = word
    func digits() -> Int {
      let count = rest.prefix { $0.isASCIIDigit }.count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == 0x2D { rest = rest.dropFirst() }
    let startsWithZero = rest.first == 0x30
    let whole = digits()
    guard whole > 0, !startsWithZero || whole == 1 else { return false }
    if rest.first == 0x2E {
      rest = rest.dropFirst()
      guard digits() > 0 else { return false }
    }
    if let exponent = rest.first, exponent | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() }
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  private mutating func string() -> String? {
    guard take("\"") else { return nil }
    var content: [UInt8] = []
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
      case 0..<0x20: return nil
      case UInt8(ascii: "\\"):
        guard let scalar = escaped() else { return nil }
        content += UTF8.encode(scalar).map { Array($0) } ?? []
      default: content.append(byte)
      }
    }
    return nil
  }

  /// What follows a backslash.
  private mutating func escaped() -> Unicode.Scalar? {
    guard let byte = peek else { return nil }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: return nil
    }
    guard let unit = hexUnit() else { return nil }
    if UTF16.isLeadSurrogate(unit) {
      let afterLead = position
      if take("\\"), take("u"), let trail = hexUnit(), UTF16.isTrailSurrogate(trail) {
        return UTF16.decode(UTF16.EncodedScalar([unit, trail]))
      }
      position = afterLead
    }
    return Unicode.Scalar(unit) ?? "\u{FFFD}"
  }

  private mutating func hexUnit() -> UInt16? {
    guard bytes.endIndex - position >= 4 else { return nil }
    var unit: UInt16 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      unit = unit << 4 | UInt16(digit)
    }
    position += 4
    return unit
  }
}
