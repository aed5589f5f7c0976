/// Writes integers and short strings one behind another.
struct PackedWriter {
  var bytes: [UInt8]

  /// Little-endian.
  mutating func fixed(_ value: some FixedWidthInteger & UnsignedInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Seven bits a byte, the least significant first; the top bit says that more follow (LEB128).
  mutating func variable(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// One byte of length first.
  mutating func short(_ value: ArraySlice<UInt8>) {
    bytes.append(UInt8(value.count))
    bytes += value
  }
}

/// Reads what a `PackedWriter` wrote.
struct PackedReader {
  let bytes: [UInt8]
  private(set) var position: Int

  init(bytes: [UInt8], position: Int) {
    self.bytes = bytes
    self.position = position
  }

  mutating func byte() -> UInt8 {
    defer { position += 1 }
    return bytes[position]
  }

  mutating func fixed<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type) -> Value {
    var value: Value = 0
    for index in 0..<(Value.bitWidth / 8) { value |= Value(truncatingIfNeeded: byte()) << Value(8 * index) }
    return value
  }

  mutating func variable() -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = byte()
      value |= UInt64(next & 0x7F) << shift
      guard next >= 0x80 else { return value }
      shift += 7
    }
  }

  mutating func bytes(count: Int) -> ArraySlice<UInt8> {
    defer { position += count }
    return bytes[position..<(position + count)]
  }
}
