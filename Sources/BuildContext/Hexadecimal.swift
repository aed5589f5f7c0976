enum Hexadecimal {
  /// Two lower-case digits a byte.
  static func append(_ bytes: some Sequence<UInt8>, to text: inout [UInt8]) {
    for byte in bytes {
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
  }

  static func append(_ digest: ContextDigest, to text: inout [UInt8]) {
    withUnsafeTemporaryAllocation(byteCount: 2 * ContextDigest.byteCount, alignment: 8) { memory in
      write(digest, to: memory)
      text.append(contentsOf: memory)
    }
  }

  /// - Parameter characters: the first 64 of them are set.
  static func write(_ digest: ContextDigest, to characters: UnsafeMutableRawBufferPointer) {
    withUnsafeTemporaryAllocation(byteCount: ContextDigest.byteCount, alignment: 8) { bytes in
      digest.copy(to: bytes)
      for (index, byte) in bytes.enumerated() {
        characters[2 * index] = digit(byte >> 4)
        characters[2 * index + 1] = digit(byte & 15)
      }
    }
  }

  /// - Parameter value: below 16.
  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
  }

  static func text(of bytes: some Sequence<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    append(bytes, to: &text)
    return text
  }
}
