/// Writes integers and short strings one behind another into memory that has room for them.
struct PackedWriter {
  private let memory: UnsafeMutableRawBufferPointer
  private var count = 0

  /// - Parameter memory: valid as long as this value is used.
  init(_ memory: UnsafeMutableRawBufferPointer) {
    self.memory = memory
  }

  /// What was written.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

  mutating func byte(_ value: UInt8) {
    precondition(count < memory.count)
    memory[count] = value
    count += 1
  }

  /// Little-endian.
  mutating func fixed<Value: FixedWidthInteger & UnsignedInteger>(_ value: Value) {
    precondition(memory.count - count >= MemoryLayout<Value>.size)
    memory.storeBytes(of: value.littleEndian, toByteOffset: count, as: Value.self)
    count += MemoryLayout<Value>.size
  }

  /// Seven bits a byte, the least significant first; the top bit says that more follow (LEB128).
  mutating func variable(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      byte(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    byte(UInt8(rest))
  }

  /// One byte of length first.
  mutating func short(_ value: UnsafeBufferPointer<UInt8>) {
    byte(UInt8(value.count))
    all(of: UnsafeRawBufferPointer(value))
  }

  mutating func all(of value: ArraySlice<UInt8>) { value.withUnsafeBytes { all(of: $0) } }

  private mutating func all(of value: UnsafeRawBufferPointer) {
    precondition(memory.count - count >= value.count)
    UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: value)
    count += value.count
  }

  mutating func digest(_ value: ContextDigest) {
    value.copy(to: UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
    count += ContextDigest.byteCount
  }

  // MARK: As text

  mutating func decimal(_ value: UInt64) {
    var width = 1
    var rest = value
    while rest >= 10 {
      rest /= 10
      width += 1
    }
    precondition(memory.count - count >= width)
    rest = value
    for place in stride(from: count + width - 1, through: count, by: -1) {
      memory[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += width
  }

  /// 64 lower-case digits.
  mutating func hexadecimal(_ value: ContextDigest) {
    precondition(memory.count - count >= 2 * ContextDigest.byteCount)
    Hexadecimal.write(value, to: UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
    count += 2 * ContextDigest.byteCount
  }
}

/// Reads what a `PackedWriter` wrote.
struct PackedReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position: Int

  /// - Parameter bytes: valid as long as this value is used.
  init(_ bytes: UnsafeRawBufferPointer, position: Int) {
    self.bytes = bytes
    self.position = position
  }

  mutating func byte() -> UInt8 {
    precondition(position < bytes.count)
    defer { position += 1 }
    return bytes[position]
  }

  mutating func fixed<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type) -> Value {
    let range = range(count: MemoryLayout<Value>.size)
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: Value.self))
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

  mutating func digest() -> ContextDigest {
    ContextDigest(UnsafeRawBufferPointer(rebasing: bytes[range(count: ContextDigest.byteCount)]))
  }

  /// Passes over so many bytes.
  /// - Returns: where they are.
  mutating func range(count: Int) -> Range<Int> {
    precondition(bytes.count - position >= count)
    defer { position += count }
    return position..<(position + count)
  }
}
