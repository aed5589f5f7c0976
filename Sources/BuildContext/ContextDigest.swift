/// A SHA-256: of a file's contents, or of a manifest and so of a whole context.
package struct ContextDigest: Hashable, Sendable, CustomStringConvertible {
  package static let byteCount = 32

  /// The 32 bytes in order, eight a word, the first in the most significant place.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// - Parameter bytes: 32 of them.
  init(bytes: some Collection<UInt8>) {
    precondition(bytes.count == Self.byteCount)
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// - Parameter bytes: the first 32 of them count.
  init(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count >= Self.byteCount)
    func word(_ index: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }
    words = (word(0), word(1), word(2), word(3))
  }

  /// - Parameter bytes: the first 32 of them are set.
  func copy(to bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count >= Self.byteCount)
    bytes.storeBytes(of: words.0.bigEndian, toByteOffset: 0, as: UInt64.self)
    bytes.storeBytes(of: words.1.bigEndian, toByteOffset: 8, as: UInt64.self)
    bytes.storeBytes(of: words.2.bigEndian, toByteOffset: 16, as: UInt64.self)
    bytes.storeBytes(of: words.3.bigEndian, toByteOffset: 24, as: UInt64.self)
  }

  /// In the place of a digest that was not taken.
  static let unknown = ContextDigest(bytes: repeatElement(0, count: byteCount))

  package var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
    }
  }

  /// 64 lower-case digits.
  package var hex: String { String(decoding: Hexadecimal.text(of: bytes), as: UTF8.self) }

  package var description: String { "sha256:\(hex)" }

  package static func == (left: ContextDigest, right: ContextDigest) -> Bool { left.words == right.words }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
  }
}
