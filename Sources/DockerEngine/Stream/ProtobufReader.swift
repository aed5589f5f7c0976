/// Why bytes are not a trace that this program accepts.
package enum TraceError: Error, Equatable {
  case notBase64
  /// A field goes on behind the end of its message, or a varint is longer than ten bytes.
  case truncated
  /// A wire type that proto3 does not have, or field number zero.
  case malformedTag
  /// A known field comes with another wire type than the schema has.
  case wrongType(field: UInt64)
  /// More entries than `limit` in one message.
  case tooManyEntries(limit: Int)
}

/// Reads the protobuf wire format (protobuf.dev, "Encoding") one field at a time. Knows no schema.
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    case fixed64
    case bytes(ArraySlice<UInt8>)
    case fixed32
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
    let tag = try varint()
    let number = tag >> 3
    guard number > 0 else { throw .malformedTag }
    let value: Value
    switch tag & 7 {
    case 0: value = .varint(try varint())
    case 1:
      _ = try take(8)
      value = .fixed64
    case 2:
      let length = try varint()
      guard length <= UInt64(rest.count) else { throw .truncated }
      value = .bytes(try take(Int(length)))
    case 5:
      _ = try take(4)
      value = .fixed32
    default: throw .malformedTag  // Groups (3 and 4) are not part of proto3.
    }
    return Field(number: number, value: value)
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

extension ProtobufReader.Field {
  /// A negative int64 or int32 is a varint of ten bytes, its two's complement.
  func int64() throws(TraceError) -> Int64 { Int64(bitPattern: try varint()) }

  func bool() throws(TraceError) -> Bool { try varint() != 0 }

  func message() throws(TraceError) -> ArraySlice<UInt8> {
    guard case .bytes(let bytes) = value else { throw .wrongType(field: number) }
    return bytes
  }

  /// Bytes that are not UTF-8 are replaced.
  func string() throws(TraceError) -> String { String(decoding: try message(), as: UTF8.self) }

  private func varint() throws(TraceError) -> UInt64 {
    guard case .varint(let bits) = value else { throw .wrongType(field: number) }
    return bits
  }
}
