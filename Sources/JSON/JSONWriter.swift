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
    case .null: raw("null")
    case .bool(let value): raw(value ? "true" : "false")
    case .integer(let value): write(value)
    case .decimal(let text): raw(text)
    case .string(let text): write(text)
    case .array(let elements): array { for element in elements { $0.write(element) } }
    case .object(let object):
      self.object { for member in object.members { $0.member(member.name, member.value) } }
    }
  }

  package mutating func write(_ value: Int64) { raw(String(value)) }

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
    var text = text
    text.withUTF8 { text in
      // Runs of bytes that stand for themselves are copied whole.
      var start = 0
      for (index, byte) in text.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
        bytes.append(contentsOf: text[start..<index])
        escape(byte)
        start = index + 1
      }
      bytes.append(contentsOf: text[start...])
    }
    bytes.append(UInt8(ascii: "\""))
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
