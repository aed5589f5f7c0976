enum Hexadecimal {
  /// Two lower-case digits a byte.
  static func append(_ bytes: some Sequence<UInt8>, to text: inout [UInt8]) {
    for byte in bytes {
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
  }

  static func append(_ digest: ContextDigest, to text: inout [UInt8]) {
    withUnsafeTemporaryAllocation(byteCount: 3 * ContextDigest.byteCount, alignment: 8) { memory in
      digest.copy(to: memory)
      let characters = UnsafeMutableRawBufferPointer(rebasing: memory[ContextDigest.byteCount...])
      for index in 0..<ContextDigest.byteCount {
        let byte = memory[index]
        characters[2 * index] = digit(byte >> 4)
        characters[2 * index + 1] = digit(byte & 15)
      }
      text.append(contentsOf: characters)
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
