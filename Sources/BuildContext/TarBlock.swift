/// The 512 bytes of a ustar header while they are filled in.
struct TarBlock {
  private static let magic = Array("ustar\u{0}00".utf8)

  private(set) var bytes = [UInt8](repeating: 0, count: TarHeader.blockSize)

  /// As much as fits, NUL behind it if there is room. A cut never leaves a `/` at the end, which old readers would
  /// take for a directory's.
  mutating func put(_ text: ArraySlice<UInt8>, at offset: Int, width: Int) {
    var text = text
    if text.count > width {
      text = text.prefix(width)
      while text.last == LexicalPath.slash { text.removeLast() }
    }
    bytes.withUnsafeMutableBytes { bytes in
      let field = UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<(offset + width)])
      text.withUnsafeBytes { field.copyMemory(from: $0) }
    }
  }

  /// Octal digits with leading zeros and a NUL; all zeros if `value` does not fit, for an extended header then has it.
  mutating func putOctal(_ value: Int64, at offset: Int, width: Int) {
    let digits = width - 1
    let fits = value >= 0 && value >> Int64(3 * digits) == 0
    var rest = fits ? value : 0
    bytes.withUnsafeMutableBytes { bytes in
      for index in stride(from: offset + digits - 1, through: offset, by: -1) {
        bytes[index] = UInt8(ascii: "0") + UInt8(rest & 7)
        rest >>= 3
      }
    }
  }

  /// Type, magic, and the checksum, which counts its own field as spaces.
  mutating func finish(type: UInt8) {
    bytes[156] = type
    put(Self.magic[...], at: 257, width: 8)
    var sum = 8 * Int64(UInt8(ascii: " "))
    bytes.withUnsafeBytes { for byte in $0 { sum &+= Int64(byte) } }
    putOctal(sum, at: 148, width: 7)
    bytes[155] = UInt8(ascii: " ")
  }
}
