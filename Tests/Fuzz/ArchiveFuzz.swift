// sources: Sources/BuildContext/*.swift Sources/CLinux/*.c

import Synchronization

/// Compiled in one module with Sources/BuildContext. The first byte of the input is the format and the size of pieces,
/// the rest an archive. Checksums are set right first, without which nearly no input would get beyond a header.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  var bytes = Array(UnsafeBufferPointer(start: data, count: size))
  guard let first = bytes.first else { return 0 }
  bytes.removeFirst()
  let format = ArchiveFormat.allCases[Int(first) % ArchiveFormat.allCases.count]
  if format == .tar { sum(&bytes) }
  let whole = Reading(of: bytes, format, pieceSize: max(bytes.count, 1))
  let split = Reading(of: bytes, format, pieceSize: Int(first) / 3 * 7 + 1)
  precondition(whole.archive == split.archive, "the split changes what is read")
  // Of damaged compressed data, more or less is decompressed before the damage shows.
  precondition(format != .tar || whole.failure == split.failure, "the split changes what is wrong")
  guard let archive = whole.archive else { return 0 }
  let again = Reading(of: archive, .tar, pieceSize: 512)
  precondition(again == whole, "what is written is not what was read")
  return 0
}

/// Every block that could be a header gets its own checksum.
private func sum(_ bytes: inout [UInt8]) {
  for start in stride(from: 0, to: bytes.count - 511, by: 512)
  where bytes[start..<(start + 512)].contains(where: { $0 != 0 }) {
    bytes.replaceSubrange((start + 148)..<(start + 156), with: repeatElement(0x20, count: 8))
    var rest = bytes[start..<(start + 512)].reduce(0) { $0 + Int($1) }
    bytes[start + 154] = 0
    for index in stride(from: start + 153, through: start + 148, by: -1) {
      bytes[index] = 0x30 + UInt8(rest % 8)
      rest /= 8
    }
  }
}

private final class Store: ContentStore {
  private let kept = Mutex<[UInt8]>([])

  func append(_ bytes: UnsafeRawBufferPointer) throws(ContentStoreError) {
    let count = kept.withLock {
      $0.append(contentsOf: bytes)
      return $0.count
    }
    precondition(count <= Reading.limits.bytes, "more than the limit allows")
  }

  func read(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    kept.withLock { kept in
      let piece = kept[Int(position)...].prefix(buffer.count)
      buffer.copyBytes(from: piece)
      return piece.count
    }
  }
}

private struct Reading: Equatable {
  static let limits = ContextLimits(entries: 1_000, bytes: 1 << 20)

  var digest: ContextDigest?
  var archive: [UInt8]?
  var failure: ContextError?

  init(of bytes: [UInt8], _ format: ArchiveFormat, pieceSize: Int) {
    do throws(ContextError) {
      var reception = try ArchiveReception(format: format, store: Store(), limits: Self.limits)
      var rest = bytes[...]
      while !rest.isEmpty {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(pieceSize, rest.count), alignment: 1)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: rest.prefix(pieceSize))
        try reception.append(UnsafeRawBufferPointer(buffer))
        rest = rest.dropFirst(pieceSize)
      }
      let tree = try reception.finish()
      let text = Array("FROM scratch\n".utf8)
      let plain = try ContextSnapshot(measuring: ContextSource(archive: tree, dockerfileText: text, walker: .buildKit))
      digest = plain.digest
      archive = try Self.archive(of: tree)
    } catch {
      failure = error
    }
  }

  /// The tree alone, as a sender writes it.
  private static func archive(of tree: ReceivedTree) throws(ContextError) -> [UInt8] {
    var archive: [UInt8] = []
    var contents = StoredContents.Reader(tree.contents)
    var writer = try ArchiveWriter(.none)
    let sink = { (bytes: UnsafeRawBufferPointer) throws(ContextError) in archive.append(contentsOf: bytes) }
    try writer.writeMembers(of: tree.table, from: &contents, to: sink) { false }
    try writer.finish(to: sink)
    return archive
  }
}
