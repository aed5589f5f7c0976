/// Appends compact JSON to a buffer: no white space, no raw CR or LF, strings escaped only where RFC 8259 requires
/// it.
package struct JSONWriter {
  package private(set) var bytes: [UInt8]
  /// Whether a comma is due before the next element of the innermost open bracket.
  private var needsComma = false

  /// - Parameter buffer: is kept and appended to, so that its storage can be used again.
  package init(appendingTo buffer: consuming [UInt8] = []) {
    bytes = buffer
    if bytes.isEmpty { bytes.reserveCapacity(Self.firstCapacity) }
  }

  /// Digits of 2^63.
  private static let longestInteger = 19
  /// Enough for most messages.
  private static let firstCapacity = 256

  /// What was written, and what it was appended to; not shared with anything.
  package consuming func finish() -> [UInt8] { bytes }

  package static func bytes(of value: JSONValue) -> [UInt8] {
    var writer = JSONWriter()
    writer.write(value)
    return writer.bytes
  }

  package mutating func write(_ value: JSONValue) {
    switch value {
    case .null: raw("null" as StaticString)
    case .bool(let value): raw((value ? "true" : "false") as StaticString)
    case .integer(let value): write(value)
    case .decimal(let text): raw(text)
    case .string(let text): write(text)
    case .array(let elements): array { for element in elements { $0.write(element) } }
    case .object(let object):
      self.object { for member in object.members { $0.member(member.name, member.value) } }
    }
  }

  package mutating func write(_ value: Int64) {
    comma()
    needsComma = true
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    // Digits come last first.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.longestInteger) { digits in
      var start = digits.count
      repeat {
        start -= 1
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
        rest = quotient
      } while rest > 0
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
    }
  }

  package mutating func write(_ text: String) {
    comma()
    quote(text)
    needsComma = true
  }

  package mutating func array(_ body: (inout JSONWriter) -> Void) {
    open(UInt8(ascii: "["))
    body(&self)
    close(UInt8(ascii: "]"))
  }

  package mutating func object(_ body: (inout JSONWriter) -> Void) {
    open(UInt8(ascii: "{"))
    body(&self)
    close(UInt8(ascii: "}"))
  }

  /// A member of the object that is open.
  package mutating func member(_ name: String, _ value: JSONValue) {
    self.name(name)
    write(value)
  }

  /// The name of a member whose value is written next.
  package mutating func name(_ name: String) {
    comma()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Text that is one JSON value already: a number that is echoed, or an event that was encoded before.
  package mutating func raw(_ text: String) {
    comma()
    bytes.append(contentsOf: text.utf8)
    needsComma = true
  }

  /// As `raw(_:)`, for text of the program's own.
  package mutating func raw(_ text: StaticString) {
    comma()
    part(text)
    needsComma = true
  }

  /// What stands around values, as text of the program's own: brackets, names, colons and commas, all that there has to be.
  /// No comma is due behind it.
  package mutating func part(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    needsComma = false
  }

  /// As `raw(_:)`, for bytes.
  package mutating func raw(_ text: some Sequence<UInt8>) {
    comma()
    bytes.append(contentsOf: text)
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    comma()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func comma() { if needsComma { bytes.append(UInt8(ascii: ",")) } }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.withContiguousStorageIfAvailable({ quote($0) }) == nil {
      var text = text
      text.withUTF8 { quote($0) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
    // Runs of bytes that stand for themselves are copied whole.
    var start = 0
    while true {
      let end = JSONStringBytes.firstSpecial(in: text, from: start, to: text.count)
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<end]))
      guard end < text.count else { break }
      escape(text[end])
      start = end + 1
    }
  }

  private static let digits = Array("0123456789abcdef".utf8)

  private mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    default:
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(Self.digits[Int(byte >> 4)])
      bytes.append(Self.digits[Int(byte & 15)])
    }
  }
}
