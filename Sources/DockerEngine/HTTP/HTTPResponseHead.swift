/// Status line and fields of a response (RFC 9112 sections 4 and 5).
struct HTTPResponseHead: Sendable, Equatable {
  struct Field: Sendable, Equatable {
    let name: String
    /// Without the white space around it. Bytes that are not UTF-8 are replaced.
    let value: String
  }

  /// 100…999.
  let status: Int
  let fields: [Field]

  var isSuccess: Bool { 200...299 ~= status }

  /// The value of the first field of that name; letter case does not matter.
  subscript(name: String) -> String? { values(of: name).first }

  func values(of name: String) -> [String] {
    fields.filter { $0.name.utf8.elementsEqual(name.utf8, by: Self.sameLetter) }.map(\.value)
  }

  private static func sameLetter(_ left: UInt8, _ right: UInt8) -> Bool { lowered(left) == lowered(right) }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
  }
}

extension HTTPResponseHead {
  /// - Parameter bytes: everything up to and including the empty line.
  init(parsing bytes: [UInt8]) throws(HTTPError) {
    var lines = try Self.lines(of: bytes[...])[...]
    guard let statusLine = lines.popFirst() else { throw .malformedStatusLine }
    status = try Self.status(of: statusLine)
    guard lines.count <= HTTPLimits.fields else { throw .tooManyFields(limit: HTTPLimits.fields) }
    var fields: [Field] = []
    for line in lines { fields.append(try Self.field(of: line)) }
    self.fields = fields
  }

  /// Every line ends in CRLF and the last one is empty; it is left out.
  private static func lines(of bytes: ArraySlice<UInt8>) throws(HTTPError) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var rest = bytes
    while let end = rest.firstIndex(of: 0x0A) {
      guard end > rest.startIndex, rest[end - 1] == 0x0D else { throw .malformedField }
      let line = rest[rest.startIndex..<end - 1]
      // A lone CR, NUL or LF inside a line is how one header becomes two for another reader.
      guard !line.contains(where: { $0 == 0x0D || $0 == 0 }) else { throw .malformedField }
      if line.isEmpty { break }
      lines.append(line)
      rest = rest[(end + 1)...]
    }
    return lines
  }

  /// `HTTP/1.x SP three digits [SP reason]`.
  private static func status(of line: ArraySlice<UInt8>) throws(HTTPError) -> Int {
    let bytes = Array(line)
    guard bytes.count >= 12, bytes.starts(with: "HTTP/1.".utf8), isDigit(bytes[7]), bytes[8] == 0x20,
      bytes.count == 12 || bytes[12] == 0x20
    else { throw .malformedStatusLine }
    var status = 0
    for byte in bytes[9..<12] {
      guard isDigit(byte) else { throw .malformedStatusLine }
      status = status * 10 + Int(byte - UInt8(ascii: "0"))
    }
    guard status >= 100 else { throw .malformedStatusLine }
    return status
  }

  private static func field(of line: ArraySlice<UInt8>) throws(HTTPError) -> Field {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { throw .malformedField }
    let name = line[..<colon]
    guard name.allSatisfy(isTokenByte) else { throw .malformedField }
    var value = line[(colon + 1)...]
    while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
    while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
    return Field(name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  /// `tchar` of RFC 9110 section 5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
