internal import Glibc

/// Reads a manifest that `ManifestFile` wrote, line by line, and checks at the end that all of it was what its digest
/// stands for. Keeps some 100 KiB at most.
struct ManifestReader: ~Copyable {
  /// More than any line has: every byte of a path and of a target escaped.
  private static let lineLimit = 64 << 10
  private static let pieceSize = 32 << 10

  private let descriptor: Int32
  private let digest: ContextDigest
  private var hash: SHA256
  private var decoder = ZstdDecoder()
  private let buffer: UnsafeMutableRawBufferPointer
  /// Compressed, of `buffer`.
  private var input = UnsafeRawBufferPointer(start: nil, count: 0)
  private var isAtEnd = false
  /// Of the manifest, from the first byte that was not returned; lines begin at `position`.
  private var text: [UInt8] = []
  private var position = 0
  private var isFirst = true

  /// - Parameter descriptor: at the start of the file; stays the caller's.
  init(_ descriptor: Int32, _ digest: ContextDigest) throws(ManifestError) {
    do throws(ContextError) { hash = try SHA256() } catch { throw .digestUnavailable }
    self.descriptor = descriptor
    self.digest = digest
    buffer = .allocate(byteCount: Self.pieceSize, alignment: 16)
  }

  deinit { buffer.deallocate() }

  /// The next line that stands for an entry, without its LF; nil at the end, which is reached only where the digest is
  /// right.
  mutating func next(_ interrupted: () -> Bool) throws(ManifestError) -> [UInt8]? {
    if isFirst {
      guard let line = try nextLine(interrupted), line + [UInt8(ascii: "\n")] == ManifestLine.header else {
        throw .damaged
      }
      isFirst = false
    }
    return try nextLine(interrupted)
  }

  private mutating func nextLine(_ interrupted: () -> Bool) throws(ManifestError) -> [UInt8]? {
    while true {
      if let end = text[position...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { position = end + 1 }
        return Array(text[position..<end])
      }
      text.removeSubrange(..<position)
      position = 0
      guard text.count <= Self.lineLimit else { throw .damaged }
      guard try fill(interrupted) else { return nil }
    }
  }

  /// More text. False at the end.
  private mutating func fill(_ interrupted: () -> Bool) throws(ManifestError) -> Bool {
    while true {
      if interrupted() { throw .interrupted }
      let piece: UnsafeRawBufferPointer?
      do throws(ContextError) { piece = try decoder.next(&input) } catch { throw .damaged }
      if let piece {
        hash.update(piece)
        text += piece
        return true
      }
      guard try read() else { return try end() }
    }
  }

  private mutating func read() throws(ManifestError) -> Bool {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(errno: errno) }
      input = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      return count > 0
    }
  }

  private mutating func end() throws(ManifestError) -> Bool {
    guard !isAtEnd else { return false }
    isAtEnd = true
    guard decoder.isAtEnd, text.isEmpty, !isFirst else { throw .damaged }
    let found: ContextDigest
    do throws(ContextError) { found = try hash.finish() } catch { throw .digestUnavailable }
    guard found == digest else { throw .damaged }
    return false
  }
}
