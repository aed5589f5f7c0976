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

  /// Digits of 2^63, and a sign.
  private static let longestInteger = 20
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
      if value < 0 {
        start -= 1
        digits[start] = UInt8(ascii: "-")
      }
      let text = UnsafeBufferPointer(digits)
      bytes.append(addingCapacity: text.count - start) { $0.append(text, start..<text.count) }
    }
  }

  package mutating func write(_ text: String) {
    quote(text, isName: false)
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
    quote(name, isName: true)
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
    text.withUTF8Buffer { text in
      bytes.append(addingCapacity: text.count) { $0.append(text, 0..<text.count) }
    }
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

  private mutating func quote(_ text: String, isName: Bool) {
    if text.utf8.withContiguousStorageIfAvailable({ quote($0, isName: isName) }) == nil {
      var text = text
      text.withUTF8 { quote($0, isName: isName) }
    }
  }

  /// The text between quotation marks, with the comma that is due before it and the colon that follows a name.
  private mutating func quote(_ text: UnsafeBufferPointer<UInt8>, isName: Bool) {
    // Nearly all text stands for itself, and then goes with all that is around it into room that is made once.
    let plain = JSONStringBytes.firstSpecial(in: text, from: 0, to: text.count)
    bytes.append(addingCapacity: plain + 4) { [needsComma] output in
      if needsComma { output.append(UInt8(ascii: ",")) }
      output.append(UInt8(ascii: "\""))
      output.append(text, 0..<plain)
      guard plain == text.count else { return }
      output.append(UInt8(ascii: "\""))
      if isName { output.append(UInt8(ascii: ":")) }
    }
    guard plain < text.count else { return }
    escape(text, from: plain)
    bytes.append(UInt8(ascii: "\""))
    if isName { bytes.append(UInt8(ascii: ":")) }
  }

  /// The rest of a text, of which the byte at `start` does not stand for itself.
  private mutating func escape(_ text: UnsafeBufferPointer<UInt8>, from start: Int) {
    var next = start
    while next < text.count {
      escape(text[next])
      // Runs of bytes that stand for themselves are copied whole.
      let end = JSONStringBytes.firstSpecial(in: text, from: next + 1, to: text.count)
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[(next + 1)..<end]))
      next = end
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

extension OutputSpan<UInt8> {
  /// - Precondition: there is room for them.
  @inline(__always) fileprivate mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    precondition(range.count <= freeCapacity)
    guard let source = bytes.baseAddress else { return }
    withUnsafeMutableBufferPointer { memory, count in
      guard let end = memory.baseAddress?.advanced(by: count) else { return }
      end.initialize(from: source + range.lowerBound, count: range.count)
      count += range.count
    }
  }
}
