/// Reads one strict JSON text (RFC 8259): UTF-8 without byte order mark, no duplicate member names, no text after
/// the value, numbers kept exactly.
///
/// Depth is checked before descending, so any input is read within a bounded stack; the input's size is the caller's
/// to bound.
package struct JSONParser {
  /// Nesting that a message may have (`limits.jsonDepth` of the protocol). `[]` has depth 1.
  package static let defaultDepthLimit = 64

  /// - Throws: the first reason why `bytes` is not one JSON text, with its offset.
  package static func parse(_ bytes: [UInt8], depthLimit: Int = defaultDepthLimit) throws(JSONError) -> JSONValue {
    try parse(bytes[...], depthLimit: depthLimit)
  }

  /// As `parse(_:)` of an array; offsets in errors count from the start of the slice.
  package static func parse(
    _ bytes: ArraySlice<UInt8>, depthLimit: Int = defaultDepthLimit
  ) throws(JSONError) -> JSONValue {
    var result: Result<JSONValue, JSONError> = .failure(JSONError(.unexpectedEnd, offset: 0))
    bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(bytes: buffer, depthLimit: depthLimit)
      do throws(JSONError) { result = .success(try parser.document()) } catch { result = .failure(error) }
    }
    return try result.get()
  }

  let bytes: UnsafeBufferPointer<UInt8>
  private let depthLimit: Int
  var position = 0
  /// Between tokens, the only place that JSON has for them.
  private(set) var hasPassedLineFeed = false

  init(bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
    self.bytes = bytes
    self.depthLimit = depthLimit
  }

  private mutating func document() throws(JSONError) -> JSONValue {
    let value = try self.value(depth: 0)
    skipWhiteSpace()
    guard position == bytes.count else { throw JSONError(.trailingBytes, offset: position) }
    return value
  }

  @inline(__always) mutating func skipWhiteSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0D: position += 1
      case 0x0A:
        position += 1
        hasPassedLineFeed = true
      default: return
      }
    }
  }

  /// `depth` is the number of arrays and objects that are open around the value.
  mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    skipWhiteSpace()
    guard position < bytes.count else { throw JSONError(.unexpectedEnd, offset: position) }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case let byte: throw JSONError(.unexpectedByte(byte), offset: position)
    }
  }

  private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    for index in 0..<text.utf8CodeUnitCount {
      guard position < bytes.count else { throw JSONError(.unexpectedEnd, offset: position) }
      guard bytes[position] == text.utf8Start[index] else {
        throw JSONError(.unexpectedByte(bytes[position]), offset: position)
      }
      position += 1
    }
    return value
  }

  private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    guard depth <= depthLimit else { throw JSONError(.tooDeep(limit: depthLimit), offset: position) }
    position += 1
    var elements: [JSONValue] = []
    skipWhiteSpace()
    if position < bytes.count, bytes[position] == UInt8(ascii: "]") {
      position += 1
      return elements
    }
    while true {
      elements.append(try value(depth: depth))
      if try ended(by: UInt8(ascii: "]")) { return elements }
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
    guard depth <= depthLimit else { throw JSONError(.tooDeep(limit: depthLimit), offset: position) }
    position += 1
    skipWhiteSpace()
    if position < bytes.count, bytes[position] == UInt8(ascii: "}") {
      position += 1
      return JSONObject()
    }
    var members: [JSONObject.Member] = []
    members.reserveCapacity(JSONObject.usualCount)
    var names = MemberNames()
    while true {
      skipWhiteSpace()
      try expect(UInt8(ascii: "\""))
      let start = position
      let name = try string()
      guard names.insert(name, among: members) else {
        throw JSONError(.duplicateMember(name: name, depth: depth), offset: start)
      }
      try passColon()
      members.append(JSONObject.Member(name: name, value: try value(depth: depth)))
      if try ended(by: UInt8(ascii: "}")) { return JSONObject(members) }
    }
  }

  /// - Throws: where the next byte is another, or none is left. It is not consumed.
  @inline(__always) private func expect(_ byte: UInt8) throws(JSONError) {
    guard position < bytes.count else { throw JSONError(.unexpectedEnd, offset: position) }
    guard bytes[position] == byte else { throw JSONError(.unexpectedByte(bytes[position]), offset: position) }
  }

  /// Consumes what is between a name and its value.
  @inline(__always) private mutating func passColon() throws(JSONError) {
    skipWhiteSpace()
    try expect(UInt8(ascii: ":"))
    position += 1
  }

  /// Consumes the comma or the closing bracket after an element; true for the bracket.
  @inline(__always) mutating func ended(by close: UInt8) throws(JSONError) -> Bool {
    skipWhiteSpace()
    guard position < bytes.count else { throw JSONError(.unexpectedEnd, offset: position) }
    let byte = bytes[position]
    guard byte == close || byte == UInt8(ascii: ",") else { throw JSONError(.unexpectedByte(byte), offset: position) }
    position += 1
    return byte == close
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    var isInteger = true
    func digit(at index: Int) -> Bool {
      index < bytes.count && bytes[index] >= UInt8(ascii: "0") && bytes[index] <= UInt8(ascii: "9")
    }
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    guard digit(at: position) else { throw JSONError(.invalidNumber, offset: position) }
    if bytes[position] == UInt8(ascii: "0") {
      position += 1
      guard !digit(at: position) else { throw JSONError(.invalidNumber, offset: position) }
    } else {
      while digit(at: position) { position += 1 }
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      guard digit(at: position) else { throw JSONError(.invalidNumber, offset: position) }
      while digit(at: position) { position += 1 }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
        position += 1
      }
      guard digit(at: position) else { throw JSONError(.invalidNumber, offset: position) }
      while digit(at: position) { position += 1 }
    }
    if isInteger, let integer = integer(start..<position) { return .integer(integer) }
    return .decimal(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  /// The value of digits that a minus may precede; nil for `-0` and for what 64 bits do not hold.
  private func integer(_ range: Range<Int>) -> Int64? {
    let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
    // Built below zero, where there is one number more.
    var value: Int64 = 0
    for index in (range.lowerBound + (isNegative ? 1 : 0))..<range.upperBound {
      let (tens, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, isLess) = tens.subtractingReportingOverflow(Int64(bytes[index] - UInt8(ascii: "0")))
      guard !overflows, !isLess else { return nil }
      value = sum
    }
    if isNegative { return value == 0 ? nil : value }
    return value == .min ? nil : -value
  }

  mutating func string() throws(JSONError) -> String {
    let range = try rawString()
    guard range.isPlain else { return try unescaped(range.bytes) }
    return try utf8(UnsafeBufferPointer(rebasing: bytes[range.bytes]), offset: range.bytes.lowerBound)
  }

  /// Passes over a string. `bytes` are those between the quotation marks, not yet known to be UTF-8; `isPlain` where no
  /// escapes are among them.
  @inline(__always) mutating func rawString() throws(JSONError) -> (bytes: Range<Int>, isPlain: Bool) {
    let start = position + 1
    let end = JSONStringBytes.firstSpecial(in: bytes, from: start, to: bytes.count)
    guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else {
      return (try rawString(from: start, specialAt: end), false)
    }
    position = end + 1
    return (start..<end, true)
  }

  /// As above, of a string that begins at `start` and has an escape, if anything, at `end`.
  @inline(never) private mutating func rawString(from start: Int, specialAt end: Int) throws(JSONError) -> Range<Int> {
    position = end
    while true {
      guard position < bytes.count else { throw JSONError(.unexpectedEnd, offset: bytes.count) }
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return start..<position - 1
      case UInt8(ascii: "\\"): position = min(position + 2, bytes.count)
      case let byte: throw JSONError(.controlCharacter(byte), offset: position)
      }
      position = JSONStringBytes.firstSpecial(in: bytes, from: position, to: bytes.count)
    }
  }

  private func utf8(_ raw: UnsafeBufferPointer<UInt8>, offset: Int) throws(JSONError) -> String {
    if JSONStringBytes.areASCII(raw) { return String(decoding: raw, as: UTF8.self) }
    guard let text = String(validating: raw, as: UTF8.self) else { throw JSONError(.invalidUTF8, offset: offset) }
    return text
  }

  private func unescaped(_ range: Range<Int>) throws(JSONError) -> String {
    var out: [UInt8] = []
    out.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      let escape = JSONStringBytes.firstSpecial(in: bytes, from: index, to: range.upperBound)
      out.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[index..<escape]))
      index = escape
      // Nothing else is special in a string that was passed over.
      guard index < range.upperBound else { break }
      guard index + 1 < range.upperBound else { throw JSONError(.invalidEscape, offset: index) }
      switch bytes[index + 1] {
      case UInt8(ascii: "\""): out.append(UInt8(ascii: "\""))
      case UInt8(ascii: "\\"): out.append(UInt8(ascii: "\\"))
      case UInt8(ascii: "/"): out.append(UInt8(ascii: "/"))
      case UInt8(ascii: "b"): out.append(0x08)
      case UInt8(ascii: "f"): out.append(0x0C)
      case UInt8(ascii: "n"): out.append(0x0A)
      case UInt8(ascii: "r"): out.append(0x0D)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "u"):
        let (scalar, length) = try escapedScalar(at: index, end: range.upperBound)
        out.append(contentsOf: Character(scalar).utf8)
        index += length
        continue
      default: throw JSONError(.invalidEscape, offset: index)
      }
      index += 2
    }
    return try out.withUnsafeBufferPointer { (raw) throws(JSONError) in
      try utf8(raw, offset: range.lowerBound)
    }
  }

  /// The scalar of the `\uXXXX` at `index`, or of a pair of them, and how many bytes that takes.
  private func escapedScalar(at index: Int, end: Int) throws(JSONError) -> (Unicode.Scalar, length: Int) {
    let first = try codeUnit(at: index, end: end)
    if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
    guard UTF16.isLeadSurrogate(UInt16(first)), index + 7 < end, bytes[index + 6] == UInt8(ascii: "\\"),
      bytes[index + 7] == UInt8(ascii: "u")
    else { throw JSONError(.loneSurrogate, offset: index) }
    let second = try codeUnit(at: index + 6, end: end)
    guard UTF16.isTrailSurrogate(UInt16(second)),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    else { throw JSONError(.loneSurrogate, offset: index) }
    return (scalar, 12)
  }

  private func codeUnit(at index: Int, end: Int) throws(JSONError) -> UInt32 {
    guard index + 6 <= end else { throw JSONError(.invalidEscape, offset: index) }
    var unit: UInt32 = 0
    for byte in bytes[(index + 2)..<(index + 6)] {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
      default: throw JSONError(.invalidEscape, offset: index)
      }
    }
    return unit
  }
}

/// Finds repeated member names: by comparing while they are few, by a set beyond that, so that an object of many
/// members costs no more than linear time.
private struct MemberNames {
  private static let comparedAtMost = 16
  private var set: Set<[UInt8]> = []

  /// False where `name` is already there. `members` are those before it.
  mutating func insert(_ name: String, among members: [JSONObject.Member]) -> Bool {
    if members.count < Self.comparedAtMost {
      return !members.contains { $0.isNamed(name) }
    }
    if set.isEmpty { for member in members { set.insert(Array(member.name.utf8)) } }
    return set.insert(Array(name.utf8)).inserted
  }
}
