/// The 512 bytes of a ustar header, filled in where they lie.
struct TarBlock {
  private let bytes: UnsafeMutableRawBufferPointer

  /// - Parameter memory: 512 bytes, valid as long as this value is used.
  init(_ memory: UnsafeMutableRawBufferPointer) {
    precondition(memory.count == TarHeader.blockSize)
    bytes = memory
    memory.initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// As much as fits, NUL behind it if there is room. A cut never leaves a `/` at the end, which old readers would
  /// take for a directory's.
  func put(_ text: ArraySlice<UInt8>, at offset: Int, width: Int) {
    var text = text
    if text.count > width {
      text = text.prefix(width)
      while text.last == LexicalPath.slash { text.removeLast() }
    }
    let field = UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<(offset + width)])
    text.withUnsafeBytes { field.copyMemory(from: $0) }
  }

  /// Octal digits with leading zeros and a NUL; all zeros if `value` does not fit, for an extended header then has it.
  func putOctal(_ value: Int64, at offset: Int, width: Int) {
    let digits = width - 1
    let fits = value >= 0 && value >> Int64(3 * digits) == 0
    var rest = fits ? value : 0
    for index in stride(from: offset + digits - 1, through: offset, by: -1) {
      bytes[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest & 7)
      rest >>= 3
    }
  }

  /// Of all bytes, added up eight at a time in four lanes of 16 bits, which hold 64 times two bytes.
  private var sum: Int64 {
    var lanes: UInt64 = 0
    for offset in stride(from: 0, to: TarHeader.blockSize, by: 8) {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      lanes &+= (word & 0x00FF_00FF_00FF_00FF) &+ (word >> 8 & 0x00FF_00FF_00FF_00FF)
    }
    return stride(from: 0, to: 64, by: 16).reduce(0) { $0 + Int64(lanes >> UInt64($1) & 0xFFFF) }
  }

  /// Type, magic, and the checksum, which counts its own field as spaces.
  func finish(type: UInt8) {
    bytes[156] = type
    // "ustar", NUL, "00".
    bytes.storeBytes(of: UInt64(0x7573_7461_7200_3030).bigEndian, toByteOffset: 257, as: UInt64.self)
    putOctal(8 * Int64(UInt8(ascii: " ")) + sum, at: 148, width: 7)
    bytes[155] = UInt8(ascii: " ")
  }
}
