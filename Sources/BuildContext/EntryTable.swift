internal import Glibc

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
    let targetSize = if case .symbolicLink(let target) = entry.content { target.count } else { 0 }
    let offset = append(atMost: Self.fixedLimit + entry.name.count + targetSize) { writer, offset in
      Self.write(entry, at: offset, to: &writer)
    }
    if !entry.capability.isEmpty { capabilities[offset] = Array(entry.capability) }
    return offset
  }

  /// A regular file that is sent.
  mutating func appendFile(
    _ name: UnsafeBufferPointer<UInt8>, in parent: Offset, _ status: FileStatus, digest: ContextDigest
  ) -> Offset {
    append(atMost: Self.fixedLimit + name.count) { writer, offset in
      Self.writeHead(
        Kind.file | Kind.sent, status.permissions, offset, parent, name, status.modified.seconds, to: &writer)
      writer.fixed(UInt64(status.size))
      writer.digest(digest)
    }
  }

  private mutating func append(atMost size: Int, _ write: (inout PackedWriter, Offset) -> Void) -> Offset {
    precondition(size <= Self.recordLimit)
    if chunks.last.map({ $0.count > Self.chunkSize - Self.recordLimit }) ?? true {
      chunks.append([])
      if chunks.count > 1 { chunks[chunks.count - 1].reserveCapacity(Self.chunkSize) }
    }
    let last = chunks.count - 1
    let offset = Offset(value: last * Self.chunkSize + chunks[last].count)
    withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { memory in
      var writer = PackedWriter(memory)
      write(&writer, offset)
      chunks[last].append(contentsOf: writer.bytes)
    }
    return offset
  }

  private static func writeHead(
    _ flags: UInt8, _ mode: UInt16, _ offset: Offset, _ parent: Offset, _ name: UnsafeBufferPointer<UInt8>,
    _ modified: Int64, to writer: inout PackedWriter
  ) {
    writer.byte(flags)
    writer.fixed(mode)
    writer.variable(parent == .root ? 0 : UInt64(offset.value - parent.value))
    writer.short(name)
    writer.fixed(UInt64(bitPattern: modified))
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
    let flags = kind | (entry.isSent ? Kind.sent : 0) | (entry.capability.isEmpty ? 0 : Kind.hasCapability)
    entry.name.withUnsafeBufferPointer {
      writeHead(flags, entry.mode, offset, entry.parent, $0, entry.modified, to: &writer)
    }
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
    let start = offset
    let chunk = chunks[start.value / Self.chunkSize]
    return withRecord(at: &offset) { record in
      Entry(
        isSent: record.isSent, parent: record.parent, name: chunk[record.nameRange], mode: record.mode,
        modified: record.modified, content: record.content(in: chunk),
        capability: record.hasCapability ? capabilities[start, default: []][...] : [])
    }
  }

  /// - Parameters:
  ///   - offset: of a record; moved on to the one behind it, or to `end`.
  ///   - body: gets the record where it lies, for the time of the call.
  func withRecord<Result>(at offset: inout Offset, _ body: (Record) -> Result) -> Result {
    let index = offset.value / Self.chunkSize
    let (result, end, count) = chunks[index].withUnsafeBytes { bytes in
      let record = Record(bytes, at: offset)
      return (body(record), record.end, bytes.count)
    }
    let isLastOfChunk = end == count
    offset = Offset(
      value: isLastOfChunk && index + 1 < chunks.count ? (index + 1) * Self.chunkSize : index * Self.chunkSize + end)
    return result
  }

  /// - Parameter body: gets each record of a chunk where it lies, for the time of the call.
  func forEachRecord<Failure: Error>(ofChunk index: Int, _ body: (Record) throws(Failure) -> Void) throws(Failure) {
    try chunks[index].withUnsafeBufferPointer { (chunk) throws(Failure) in
      let bytes = UnsafeRawBufferPointer(chunk)
      var position = 0
      while position < bytes.count {
        let record = Record(bytes, at: Offset(value: index * Self.chunkSize + position))
        try body(record)
        position = record.end
      }
    }
  }

  /// Chunks that nothing will be appended to, of which all entries lie before `offset`.
  /// - Parameter offset: nil for the end.
  func fullChunkCount(before offset: Offset?) -> Int {
    min(max(chunks.count - 1, 0), (offset?.value ?? .max) / Self.chunkSize)
  }

  /// The entries of the first chunks, without their capabilities.
  func prefix(chunks count: Int) -> EntryTable {
    var prefix = EntryTable()
    prefix.chunks = Array(chunks[..<count])
    return prefix
  }

  /// What an entry is that is sent and a regular file without a capability.
  struct PlainFile {
    let mode: UInt16
    let modified: Int64
    let size: Int64
    let digest: ContextDigest

    /// Without its name.
    var entry: Entry {
      Entry(
        isSent: true, parent: .root, name: [], mode: mode, modified: modified,
        content: .file(size: size, digest: digest), capability: [])
    }
  }

  /// What a record says, read from where it lies.
  struct Record {
    private let bytes: UnsafeRawBufferPointer
    let offset: Offset
    private let flags: UInt8
    let mode: UInt16
    let parent: Offset
    /// In the chunk.
    let nameRange: Range<Int>
    let modified: Int64
    private let contentStart: Int

    fileprivate init(_ bytes: UnsafeRawBufferPointer, at offset: Offset) {
      self.bytes = bytes
      self.offset = offset
      var reader = PackedReader(bytes, position: offset.value % EntryTable.chunkSize)
      flags = reader.byte()
      mode = reader.fixed(UInt16.self)
      let distance = Int(reader.variable())
      parent = distance == 0 ? .root : Offset(value: offset.value - distance)
      nameRange = reader.range(count: Int(reader.byte()))
      modified = Int64(bitPattern: reader.fixed(UInt64.self))
      contentStart = reader.position
    }

    private var kind: UInt8 { flags & Kind.mask }
    var isSent: Bool { flags & Kind.sent != 0 }
    var hasCapability: Bool { flags & Kind.hasCapability != 0 }
    var isDirectory: Bool { kind == Kind.directory }
    var isFile: Bool { kind == Kind.file }
    var name: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[nameRange]) }

    func isNamed(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
      guard nameRange.count == other.count, let start = name.baseAddress, let otherStart = other.baseAddress else {
        return nameRange.isEmpty && other.isEmpty
      }
      return memcmp(start, otherStart, other.count) == 0
    }

    var plainFile: PlainFile? {
      guard kind == Kind.file, isSent, !hasCapability else { return nil }
      var reader = PackedReader(bytes, position: contentStart)
      let size = Int64(reader.fixed(UInt64.self))
      return PlainFile(mode: mode, modified: modified, size: size, digest: reader.digest())
    }

    /// Where the record ends in its chunk.
    fileprivate var end: Int {
      var reader = PackedReader(bytes, position: contentStart)
      switch kind {
      case Kind.directory, Kind.fifo: break
      case Kind.file: _ = reader.range(count: MemoryLayout<UInt64>.size + ContextDigest.byteCount)
      case Kind.symbolicLink: _ = reader.range(count: Int(reader.variable()))
      case Kind.hardLink: _ = reader.variable()
      default: _ = reader.range(count: 2 * MemoryLayout<UInt32>.size)
      }
      return reader.position
    }

    /// - Parameter chunk: which holds the record.
    fileprivate func content(in chunk: [UInt8]) -> Entry.Content {
      var reader = PackedReader(bytes, position: contentStart)
      switch kind {
      case Kind.directory: return .directory
      case Kind.file: return .file(size: Int64(reader.fixed(UInt64.self)), digest: reader.digest())
      case Kind.symbolicLink: return .symbolicLink(target: chunk[reader.range(count: Int(reader.variable()))])
      case Kind.hardLink: return .hardLink(Offset(value: offset.value - Int(reader.variable())))
      case Kind.fifo: return .fifo
      case Kind.characterDevice:
        return .characterDevice(major: reader.fixed(UInt32.self), minor: reader.fixed(UInt32.self))
      default: return .blockDevice(major: reader.fixed(UInt32.self), minor: reader.fixed(UInt32.self))
      }
    }
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

  /// The path of the entry that a hard link names; nothing for any other entry.
  func firstName(of entry: Entry) -> [UInt8] {
    guard case .hardLink(let offset) = entry.content else { return [] }
    return path(of: offset)
  }
}
