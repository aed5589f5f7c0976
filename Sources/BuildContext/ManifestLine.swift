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
    if case .file(let size, let digest) = entry.content, entry.capability.isEmpty {
      appendFile(mode: entry.mode, size: size, digest, to: &text)
      appendEscaped(path, to: &text)
      return text.append(UInt8(ascii: "\n"))
    }
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

  /// What stands before the path of an ordinary file, in one piece, as most lines are such.
  private static func appendFile(mode: UInt16, size: Int64, _ digest: ContextDigest, to text: inout [UInt8]) {
    withUnsafeTemporaryAllocation(byteCount: 128, alignment: 8) { memory in
      var writer = PackedWriter(memory)
      writer.byte(UInt8(ascii: "f"))
      writer.byte(space)
      for shift in stride(from: 9, through: 0, by: -3) { writer.byte(UInt8(ascii: "0") + UInt8(mode >> shift & 7)) }
      writer.byte(space)
      writer.decimal(UInt64(size))
      writer.byte(space)
      writer.hexadecimal(digest)
      writer.byte(space)
      writer.byte(none)
      writer.byte(space)
      text.append(contentsOf: writer.bytes)
    }
  }

  /// - Parameter value: not negative.
  private static func appendDecimal(_ value: Int64, to text: inout [UInt8]) {
    if value >= 10 { appendDecimal(value / 10, to: &text) }
    text.append(UInt8(ascii: "0") + UInt8(value % 10))
  }

  private static func isPlain(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\") }

  /// Visible ASCII stands for itself, except `\`; any other byte is `\x` and two lower-case hexadecimal digits.
  private static func appendEscaped(_ bytes: some Collection<UInt8>, to text: inout [UInt8]) {
    guard !bytes.allSatisfy(isPlain) else { return text.append(contentsOf: bytes) }
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
