import BuildContext
import Glibc
import Synchronization

/// A store of contents that is as large as a test wants it.
final class MemoryStore: ContentStore {
  private let kept = Mutex<[UInt8]>([])
  private let limit: Int

  init(limit: Int = .max) {
    self.limit = limit
  }

  var bytes: [UInt8] { kept.withLock { $0 } }

  /// Makes another byte of one that is there.
  func damage(at index: Int) { kept.withLock { $0[index] ^= 1 } }

  func append(_ bytes: UnsafeRawBufferPointer) throws(ContentStoreError) {
    let fits = kept.withLock { kept in
      guard bytes.count <= limit - kept.count else { return false }
      kept.append(contentsOf: bytes)
      return true
    }
    if !fits { throw ContentStoreError(errno: ENOSPC, isQuota: true) }
  }

  /// At most 1,000 bytes at a time.
  func read(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    kept.withLock { kept in
      let piece = kept[min(Int(position), kept.count)...].prefix(min(buffer.count, 1_000))
      buffer.copyBytes(from: piece)
      return piece.count
    }
  }
}

/// What is received of an archive that comes in pieces of one size.
func receive(
  _ archive: [UInt8], _ format: ArchiveFormat = .tar, pieceSize: Int = 4_000, store: MemoryStore = MemoryStore(),
  limits: ContextLimits = .unlimited
) throws(ContextError) -> ReceivedTree {
  var reception = try ArchiveReception(format: format, store: store, limits: limits)
  var rest = archive[...]
  while !rest.isEmpty {
    let piece = Array(rest.prefix(pieceSize))
    rest = rest.dropFirst(pieceSize)
    try append(piece, to: &reception)
  }
  return try reception.finish()
}

/// `withUnsafeBytes` of an array does not pass on typed errors.
func append(_ piece: [UInt8], to reception: inout ArchiveReception) throws(ContextError) {
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
  defer { buffer.deallocate() }
  buffer.copyBytes(from: piece)
  try reception.append(UnsafeRawBufferPointer(buffer))
}

extension ReceivedTree {
  func snapshot(
    dockerfile: String? = nil, _ walker: ContextWalker = .buildKit, limits: ContextLimits = .unlimited
  ) throws(ContextError) -> ContextSnapshot {
    try ContextSnapshot(
      measuring: ContextSource(archive: self, dockerfile: dockerfile, walker: walker), limits: limits)
  }

  func snapshot(text: String, _ walker: ContextWalker) throws(ContextError) -> ContextSnapshot {
    try ContextSnapshot(
      measuring: ContextSource(archive: self, dockerfileText: Array(text.utf8), walker: walker))
  }

  /// The manifest beside a Dockerfile that is not in the tree, without its own line and the first.
  func lines() throws(ContextError) -> [String] {
    try snapshot(text: "", .buildKit).manifest.split(separator: "\n").dropFirst().map(String.init).filter {
      !$0.contains(" .dockerfile.")
    }
  }
}
