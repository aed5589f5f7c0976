/// The text of a manifest, which is what the digest of a context is taken of. Protocol/digest.md is its definition.
enum ManifestLine {
  static let header = Array("swiftdock-context 1\n".utf8)
  private static let space = UInt8(ascii: " ")
  /// In the place of what an entry does not have.
  private static let none = UInt8(ascii: "-")

  /// - Parameters:
  ///   - path: of the entry.
  ///   - firstName: the path of the entry that a hard link names.
  static func append(_ entry: Entry, path: [UInt8], firstName: [UInt8], to text: inout [UInt8]) {
    let type: Unicode.Scalar =
      switch entry.content {
      case .directory: "d"
      case .file: "f"
      case .symbolicLink: "l"
      case .hardLink: "h"
      case .fifo: "p"
      case .characterDevice: "c"
      case .blockDevice: "b"
      }
    text.append(UInt8(ascii: type))
    text.append(space)
    for shift in stride(from: 9, through: 0, by: -3) { text.append(UInt8(ascii: "0") + UInt8(entry.mode >> shift & 7)) }
    text.append(space)
    if case .file(let size, _) = entry.content { appendDecimal(size, to: &text) } else { text.append(none) }
    text.append(space)
    switch entry.content {
    case .directory, .fifo: text.append(none)
    case .file(_, let digest): Hexadecimal.append(digest, to: &text)
    case .symbolicLink(let target): appendEscaped(target, to: &text)
    case .hardLink: appendEscaped(firstName, to: &text)
    case .characterDevice(let major, let minor), .blockDevice(let major, let minor): text += "\(major):\(minor)".utf8
    }
    text.append(space)
    if entry.capability.isEmpty { text.append(none) } else { Hexadecimal.append(entry.capability, to: &text) }
    text.append(space)
    appendEscaped(path, to: &text)
    text.append(UInt8(ascii: "\n"))
  }

  /// The line of an ordinary file, as most are.
  static func append(_ file: EntryTable.PlainFile, path: [UInt8], to text: inout [UInt8]) {
    withUnsafeTemporaryAllocation(byteCount: 128, alignment: 8) { memory in
      var writer = PackedWriter(memory)
      writer.byte(UInt8(ascii: "f"))
      writer.byte(space)
      for shift in stride(from: 9, through: 0, by: -3) {
        writer.byte(UInt8(ascii: "0") + UInt8(file.mode >> shift & 7))
      }
      writer.byte(space)
      writer.decimal(UInt64(file.size))
      writer.byte(space)
      writer.hexadecimal(file.digest)
      writer.byte(space)
      writer.byte(none)
      writer.byte(space)
      text.append(contentsOf: writer.bytes)
    }
    appendEscaped(path, to: &text)
    text.append(UInt8(ascii: "\n"))
  }

  /// - Parameter value: not negative.
  private static func appendDecimal(_ value: Int64, to text: inout [UInt8]) {
    if value >= 10 { appendDecimal(value / 10, to: &text) }
    text.append(UInt8(ascii: "0") + UInt8(value % 10))
  }

  private static func isPlain(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\") }

  /// As `isPlain` of each, for eight bytes at a time.
  private static func arePlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
    func each(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }
    var index = 0
    while bytes.count - index >= 8 {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let backslashes = word ^ each(UInt8(ascii: "\\"))
      // In the top bit of each byte: it is not ASCII, or 0x7F; it is below 0x21; it is a backslash. Where one before it is
      // any of these, a byte may be wrongly said to be one, too, which changes nothing.
      let others =
        (word &+ each(1) | word) | (word &- each(0x21)) & ~word | (backslashes &- each(1)) & ~backslashes
      if others & each(0x80) != 0 { return false }
      index += 8
    }
    return bytes[index...].allSatisfy(isPlain)
  }

  /// Visible ASCII stands for itself, except `\`; any other byte is `\x` and two lower-case hexadecimal digits.
  private static func appendEscaped(_ bytes: some Collection<UInt8>, to text: inout [UInt8]) {
    let wasPlain = bytes.withContiguousStorageIfAvailable { bytes in
      let isPlain = arePlain(UnsafeRawBufferPointer(bytes))
      if isPlain { text.append(contentsOf: bytes) }
      return isPlain
    }
    if wasPlain == true { return }
    for byte in bytes {
      if isPlain(byte) {
        text.append(byte)
      } else {
        text.append(UInt8(ascii: "\\"))
        text.append(UInt8(ascii: "x"))
        Hexadecimal.append(CollectionOfOne(byte), to: &text)
      }
    }
  }

  static func escaped(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    appendEscaped(bytes, to: &text)
    return text
  }
}
