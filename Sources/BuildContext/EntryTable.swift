/// The entries of a context in the order in which they are sent, packed to some 70 bytes for a typical file.
///
/// A record is: content kind (low 4 bits), 16 if sent, 32 with a capability; mode (2 bytes); distance back to the
/// record of the parent, 0 for the root; length of the name (1 byte), name; time of modification (8 bytes); then of a
/// file its size (8 bytes) and digest, of a symbolic link the length of its target and the target, of a hard link the
/// distance back to the record of its first name, of a device its numbers (4 bytes each). Integers of a given width are
/// little-endian, the others LEB128. What reading a file tells of it can so be put into its record afterwards.
struct EntryTable: Sendable {
  /// Where a record begins; rises from entry to entry.
  struct Offset: Hashable, Comparable {
    fileprivate let value: Int

    /// The root of the context, which has no record.
    static let root = Offset(value: -1)

    static func < (left: Offset, right: Offset) -> Bool { left.value < right.value }
  }

  private static let chunkSize = 256 * 1024
  /// More than any record takes: a name of 255 bytes, a target of 4,095, and what else there is.
  private static let recordLimit = 8 * 1024
  /// More than a record takes beside its name and target.
  private static let fixedLimit = 80

  /// All but the last are followed by less than `recordLimit` unused bytes, so that tables grow without copying.
  private(set) var chunks: [[UInt8]] = []

  /// Few files have one.
  private(set) var capabilities: [Offset: [UInt8]] = [:]

  private enum Kind {
    static let directory: UInt8 = 0
    static let file: UInt8 = 1
    static let symbolicLink: UInt8 = 2
    static let hardLink: UInt8 = 3
    static let fifo: UInt8 = 4
    static let characterDevice: UInt8 = 5
    static let blockDevice: UInt8 = 6
    static let mask: UInt8 = 15
    static let sent: UInt8 = 16
    static let hasCapability: UInt8 = 32
  }

  mutating func append(_ entry: Entry) -> Offset {
    if chunks.last.map({ $0.count > Self.chunkSize - Self.recordLimit }) ?? true {
      chunks.append([])
      if chunks.count > 1 { chunks[chunks.count - 1].reserveCapacity(Self.chunkSize) }
    }
    let last = chunks.count - 1
    let offset = Offset(value: last * Self.chunkSize + chunks[last].count)
    let targetSize = if case .symbolicLink(let target) = entry.content { target.count } else { 0 }
    let size = Self.fixedLimit + entry.name.count + targetSize
    precondition(size <= Self.recordLimit)
    withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { memory in
      var writer = PackedWriter(memory)
      Self.write(entry, at: offset, to: &writer)
      chunks[last].append(contentsOf: writer.bytes)
    }
    if !entry.capability.isEmpty { capabilities[offset] = Array(entry.capability) }
    return offset
  }

  private static func write(_ entry: Entry, at offset: Offset, to writer: inout PackedWriter) {
    let kind =
      switch entry.content {
      case .directory: Kind.directory
      case .file: Kind.file
      case .symbolicLink: Kind.symbolicLink
      case .hardLink: Kind.hardLink
      case .fifo: Kind.fifo
      case .characterDevice: Kind.characterDevice
      case .blockDevice: Kind.blockDevice
      }
    writer.byte(kind | (entry.isSent ? Kind.sent : 0) | (entry.capability.isEmpty ? 0 : Kind.hasCapability))
    writer.fixed(entry.mode)
    writer.variable(entry.parent == .root ? 0 : UInt64(offset.value - entry.parent.value))
    writer.short(entry.name)
    writer.fixed(UInt64(bitPattern: entry.modified))
    switch entry.content {
    case .directory, .fifo:
      break
    case .file(let size, let digest):
      writer.fixed(UInt64(size))
      writer.digest(digest)
    case .symbolicLink(let target):
      writer.variable(UInt64(target.count))
      writer.all(of: target)
    case .hardLink(let first):
      writer.variable(UInt64(offset.value - first.value))
    case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
      writer.fixed(major)
      writer.fixed(minor)
    }
  }

  /// - Parameter offset: of a record; moved on to the one behind it, or to `end`.
  func entry(at offset: inout Offset) -> Entry {
    let index = offset.value / Self.chunkSize
    let chunk = chunks[index]
    let (entry, end) = chunk.withUnsafeBytes { bytes in
      var reader = PackedReader(bytes, position: offset.value % Self.chunkSize)
      return (read(&reader, at: offset, in: chunk), reader.position)
    }
    let isLastOfChunk = end == chunk.count
    offset = Offset(
      value: isLastOfChunk && index + 1 < chunks.count ? (index + 1) * Self.chunkSize : index * Self.chunkSize + end)
    return entry
  }

  private func read(_ reader: inout PackedReader, at offset: Offset, in chunk: [UInt8]) -> Entry {
    let flags = reader.byte()
    let mode = reader.fixed(UInt16.self)
    let parentDistance = Int(reader.variable())
    let name = chunk[reader.range(count: Int(reader.byte()))]
    let modified = Int64(bitPattern: reader.fixed(UInt64.self))
    let content: Entry.Content
    switch flags & Kind.mask {
    case Kind.directory: content = .directory
    case Kind.file: content = .file(size: Int64(reader.fixed(UInt64.self)), digest: reader.digest())
    case Kind.symbolicLink: content = .symbolicLink(target: chunk[reader.range(count: Int(reader.variable()))])
    case Kind.hardLink: content = .hardLink(Offset(value: offset.value - Int(reader.variable())))
    case Kind.fifo: content = .fifo
    case Kind.characterDevice:
      content = .characterDevice(major: reader.fixed(UInt32.self), minor: reader.fixed(UInt32.self))
    default:
      content = .blockDevice(major: reader.fixed(UInt32.self), minor: reader.fixed(UInt32.self))
    }
    let hasCapability = flags & Kind.hasCapability != 0
    return Entry(
      isSent: flags & Kind.sent != 0,
      parent: parentDistance == 0 ? .root : Offset(value: offset.value - parentDistance),
      name: name, mode: mode, modified: modified, content: content,
      capability: hasCapability ? capabilities[offset, default: []][...] : [])
  }

  // MARK: - What reading tells

  /// Puts what a file was when it was read into its record.
  /// - Parameter offset: of a regular file.
  mutating func fill(_ offset: Offset, status: FileStatus, digest: ContextDigest) {
    chunks[offset.value / Self.chunkSize].withUnsafeMutableBytes { bytes in
      let start = offset.value % Self.chunkSize
      var reader = PackedReader(UnsafeRawBufferPointer(bytes), position: start)
      precondition(reader.byte() & Kind.mask == Kind.file)
      let mode = reader.range(count: 2).lowerBound
      _ = reader.variable()
      _ = reader.range(count: Int(reader.byte()))
      let modified = reader.range(count: 8).lowerBound
      let size = reader.range(count: 8).lowerBound
      bytes.storeBytes(of: status.permissions.littleEndian, toByteOffset: mode, as: UInt16.self)
      bytes.storeBytes(of: status.modified.seconds.littleEndian, toByteOffset: modified, as: Int64.self)
      bytes.storeBytes(of: status.size.littleEndian, toByteOffset: size, as: Int64.self)
      digest.copy(to: UnsafeMutableRawBufferPointer(rebasing: bytes[reader.range(count: ContextDigest.byteCount)]))
    }
  }

  /// - Parameter offset: of a regular file, or of a hard link to one.
  func digest(at offset: Offset) -> ContextDigest? {
    var position = offset
    switch entry(at: &position).content {
    case .file(_, let digest): return digest
    case .hardLink(let first): return self.digest(at: first)
    case .directory, .symbolicLink, .fifo, .characterDevice, .blockDevice: return nil
    }
  }

  /// - Parameter offset: of an entry without one.
  mutating func setCapability(_ capability: [UInt8], at offset: Offset) {
    chunks[offset.value / Self.chunkSize][offset.value % Self.chunkSize] |= Kind.hasCapability
    capabilities[offset] = capability
  }

  var start: Offset { Offset(value: 0) }

  var end: Offset {
    guard let last = chunks.last else { return start }
    return Offset(value: (chunks.count - 1) * Self.chunkSize + last.count)
  }

  func path(of offset: Offset) -> [UInt8] {
    var names: [ArraySlice<UInt8>] = []
    var next = offset
    while next != .root {
      var position = next
      let entry = self.entry(at: &position)
      names.append(entry.name)
      next = entry.parent
    }
    return Array(names.reversed().joined(separator: CollectionOfOne(LexicalPath.slash)))
  }
}
