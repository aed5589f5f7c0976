/// The 512 bytes of a ustar header, filled in where they lie.
struct TarBlock {
  private static let magic = Array("ustar\u{0}00".utf8)

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

  /// Type, magic, and the checksum, which counts its own field as spaces.
  func finish(type: UInt8) {
    bytes[156] = type
    put(Self.magic[...], at: 257, width: 8)
    let sum = bytes.reduce(8 * UInt32(UInt8(ascii: " "))) { $0 &+ UInt32($1) }
    putOctal(Int64(sum), at: 148, width: 7)
    bytes[155] = UInt8(ascii: " ")
  }
}
