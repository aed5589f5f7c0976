/// The bytes of a JSON string that do not stand for themselves (RFC 8259, section 7), found eight at a time: nearly all of
/// a message is strings, and nearly all of their bytes do.
package enum JSONStringBytes {
  private static let quotationMarks: UInt64 = 0x2222_2222_2222_2222
  private static let backslashes: UInt64 = 0x5C5C_5C5C_5C5C_5C5C
  private static let spaces: UInt64 = 0x2020_2020_2020_2020
  private static let lowBits: UInt64 = 0x0101_0101_0101_0101
  private static let highBits: UInt64 = 0x8080_8080_8080_8080

  /// Where the first quotation mark, backslash or control character is, from `start` on and before `end`; `end` where
  /// there is none.
  ///
  /// - Precondition: `0 <= start`, `start <= end` and `end <= bytes.count`.
  package static func firstSpecial(in bytes: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) -> Int {
    precondition(0 <= start && start <= end && end <= bytes.count)
    // Without a check at each word, since the range was checked above.
    guard let memory = UnsafeRawPointer(bytes.baseAddress) else { return end }
    var index = start
    guard end - start >= 8 else {
      while index < end, !isSpecial(memory.load(fromByteOffset: index, as: UInt8.self)) { index &+= 1 }
      return index
    }
    let last = end - 8
    while true {
      let word = UInt64(littleEndian: memory.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      // In each of the three, the lowest high bit that is set is that of a byte sought. Those above it may be set by a
      // borrow, which is why only the lowest counts.
      let special =
        zeroBytes(word ^ quotationMarks) | zeroBytes(word ^ backslashes) | ((word &- spaces) & ~word & highBits)
      if special != 0 { return index &+ special.trailingZeroBitCount >> 3 }
      if index == last { return end }
      // Of the last eight some are looked at again, which costs less than to look at what is left one by one.
      index = min(index &+ 8, last)
    }
  }

  /// Whether all are below 0x80, so that they are UTF-8 whatever they are.
  package static func areASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let memory = UnsafeRawBufferPointer(bytes)
    var index = 0
    var bits: UInt64 = 0
    while bytes.count - index >= 8 {
      bits |= memory.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      index += 8
    }
    while index < bytes.count {
      bits |= UInt64(bytes[index])
      index += 1
    }
    return bits & highBits == 0
  }

  package static func areSame(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    let (leftMemory, rightMemory) = (UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
    var index = 0
    while left.count - index >= 8 {
      let word = leftMemory.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      if word != rightMemory.loadUnaligned(fromByteOffset: index, as: UInt64.self) { return false }
      index += 8
    }
    while index < left.count {
      if left[index] != right[index] { return false }
      index += 1
    }
    return true
  }

  private static func zeroBytes(_ word: UInt64) -> UInt64 { (word &- lowBits) & ~word & highBits }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }
}
