/// Why bytes are not a trace that this program accepts.
enum TraceError: Error, Equatable {
  case notBase64
  /// A field goes on behind the end of its message, or a varint is longer than ten bytes.
  case truncated
  /// A wire type that there is not, field number zero, or the end of a group that was not begun.
  case malformedTag
  /// More entries than `limit` in one message.
  case tooManyEntries(limit: Int)
}

/// Reads the protobuf wire format (protobuf.dev, "Encoding") one field at a time. Knows no schema.
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    case bytes(ArraySlice<UInt8>)
    /// Read past: fixed64, fixed32 and groups, of which no message here has any.
    case other
  }

  struct Field {
    let number: UInt64
    let value: Value
  }

  private var rest: ArraySlice<UInt8>

  init(_ message: ArraySlice<UInt8>) { rest = message }

  /// The next field, or nil at the end of the message.
  mutating func next() throws(TraceError) -> Field? {
    guard !rest.isEmpty else { return nil }
    let (number, type) = try tag()
    guard type != Self.groupEnd else { throw .malformedTag }
    if type == Self.groupBegin {
      try passGroup()
      return Field(number: number, value: .other)
    }
    return Field(number: number, value: try value(type))
  }

  private static let groupBegin: UInt64 = 3
  private static let groupEnd: UInt64 = 4

  private mutating func tag() throws(TraceError) -> (number: UInt64, type: UInt64) {
    let tag = try varint()
    guard tag >> 3 > 0 else { throw .malformedTag }
    return (tag >> 3, tag & 7)
  }

  /// Of every type but those of groups.
  private mutating func value(_ type: UInt64) throws(TraceError) -> Value {
    switch type {
    case 0: return .varint(try varint())
    case 2:
      let length = try varint()
      guard length <= UInt64(rest.count) else { throw .truncated }
      return .bytes(try take(Int(length)))
    case 1: _ = try take(8)
    case 5: _ = try take(4)
    default: throw .malformedTag
    }
    return .other
  }

  /// Reads on to the end of a group, and of those in it.
  private mutating func passGroup() throws(TraceError) {
    var depth = 1
    while depth > 0 {
      switch try tag().type {
      case Self.groupBegin: depth += 1
      case Self.groupEnd: depth -= 1
      case let type: _ = try value(type)
      }
    }
  }

  private mutating func take(_ count: Int) throws(TraceError) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw .truncated }
    let taken = rest.prefix(count)
    rest.removeFirst(count)
    return taken
  }

  /// Little-endian groups of seven bits, at most ten; bits beyond 64 are dropped, as every implementation does.
  private mutating func varint() throws(TraceError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { throw .truncated }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw .truncated
  }
}

/// The field's value as a schema has it; nil where it came with another type, and so is none of the schema's.
extension ProtobufReader.Field {
  /// A negative int64 or int32 is a varint of ten bytes, its two's complement.
  var int64: Int64? {
    guard case .varint(let bits) = value else { return nil }
    return Int64(bitPattern: bits)
  }

  var bool: Bool? { int64.map { $0 != 0 } }

  var message: ArraySlice<UInt8>? {
    guard case .bytes(let bytes) = value else { return nil }
    return bytes
  }

  /// Bytes that are not UTF-8 are replaced.
  var string: String? { message.map { String(decoding: $0, as: UTF8.self) } }
}
