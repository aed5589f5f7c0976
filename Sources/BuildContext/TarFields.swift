/// The fields of a header block as they arrive: POSIX ustar, GNU's, star's, and the one of Unix version 7 before all.
struct TarFields {
  private let block: ArraySlice<UInt8>

  /// - Parameter block: 512 bytes.
  init(_ block: [UInt8]) {
    precondition(block.count == TarHeader.blockSize)
    self.block = block[...]
  }

  var isZero: Bool { block.allSatisfy { $0 == 0 } }

  /// Whether the sum of all bytes, those of the sum itself taken as spaces, is what the block says. Some old programs
  /// summed signed bytes.
  var hasValidChecksum: Bool {
    guard let stated = Self.octal(block[148..<156]) else { return false }
    var unsigned: Int64 = 8 * 0x20
    var signed: Int64 = 8 * 0x20
    for (index, byte) in block.enumerated() where !(148..<156).contains(index) {
      unsigned += Int64(byte)
      signed += Int64(Int8(bitPattern: byte))
    }
    return stated == unsigned || stated == signed
  }

  var type: UInt8 { block[156] }
  var mode: Int64? { number(at: 100, width: 8) }
  var size: Int64? { number(at: 124, width: 12) }
  var modified: Int64? { number(at: 136, width: 12) }
  var linkName: [UInt8] { text(at: 157, width: 100) }

  /// With its prefix, in the formats that have one.
  var name: [UInt8] {
    let name = text(at: 0, width: 100)
    guard block[257..<263].elementsEqual("ustar\0".utf8) else { return name }
    // star keeps times where others have the end of the prefix.
    let isStar = block[508..<512].elementsEqual("tar\0".utf8)
    let prefix = text(at: 345, width: isStar ? 131 : 155)
    return prefix.isEmpty ? name : prefix + [LexicalPath.slash] + name
  }

  private func text(at offset: Int, width: Int) -> [UInt8] {
    Array(block[offset..<(offset + width)].prefix { $0 != 0 })
  }

  /// Octal digits or, as GNU's and star's programs write what these cannot hold, a big-endian number in two's
  /// complement behind a bit that is set.
  private func number(at offset: Int, width: Int) -> Int64? {
    let field = block[offset..<(offset + width)]
    guard let first = field.first, first & 0x80 != 0 else { return Self.octal(field) }
    // Of the first byte, seven bits count.
    var value = Int64(Int8(bitPattern: first << 1) >> 1)
    for byte in field.dropFirst() {
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
      guard !overflow else { return nil }
      value = shifted | Int64(byte)
    }
    return value
  }

  /// Blanks and NULs may stand at both ends; nothing at all is 0.
  private static func octal(_ field: ArraySlice<UInt8>) -> Int64? {
    let isFill = { (byte: UInt8) in byte == 0x20 || byte == 0 }
    let digits = field.drop(while: isFill).prefix { !isFill($0) }
    guard field[digits.endIndex...].allSatisfy(isFill) else { return nil }
    var value: Int64 = 0
    for digit in digits {
      guard (0x30...0x37).contains(digit) else { return nil }
      // Twelve digits at most.
      value = value << 3 | Int64(digit - 0x30)
    }
    return value
  }
}
