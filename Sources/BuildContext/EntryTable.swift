/// The entries of a context in the order in which they are sent, packed to some 60 bytes for a typical file.
///
/// A record is: content kind (low 4 bits), 16 if sent, 32 with a capability; mode (2 bytes); distance back to the
/// record of the parent, 0 for the root; length of the name (1 byte), name; time of modification (8 bytes); then of a
/// file its size and digest, of a symbolic link the length of its target and the target, of a hard link the distance
/// back to the record of its first name, of a device its numbers (4 bytes each); and the capability's length (1 byte)
/// and bytes. Integers of a given width are little-endian, the others LEB128.
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

  /// All but the last are followed by less than `recordLimit` unused bytes, so that tables grow without copying.
  private(set) var chunks: [[UInt8]] = []

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
    var writer = PackedWriter(bytes: [])
    swap(&writer.bytes, &chunks[last])
    defer { swap(&writer.bytes, &chunks[last]) }
    Self.write(entry, at: offset, to: &writer)
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
    writer.bytes.append(
      kind | (entry.isSent ? Kind.sent : 0) | (entry.capability.isEmpty ? 0 : Kind.hasCapability))
    writer.fixed(entry.mode)
    writer.variable(entry.parent == .root ? 0 : UInt64(offset.value - entry.parent.value))
    writer.short(entry.name)
    writer.fixed(UInt64(bitPattern: entry.modified))
    switch entry.content {
    case .directory, .fifo:
      break
    case .file(let size, let digest):
      writer.variable(UInt64(size))
      writer.bytes += digest.bytes
    case .symbolicLink(let target):
      writer.variable(UInt64(target.count))
      writer.bytes += target
    case .hardLink(let first):
      writer.variable(UInt64(offset.value - first.value))
    case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
      writer.fixed(major)
      writer.fixed(minor)
    }
    if !entry.capability.isEmpty { writer.short(entry.capability) }
  }

  /// - Parameter offset: of a record; moved on to the one behind it, or to `end`.
  func entry(at offset: inout Offset) -> Entry {
    let index = offset.value / Self.chunkSize
    var reader = PackedReader(bytes: chunks[index], position: offset.value % Self.chunkSize)
    let flags = reader.byte()
    let mode = reader.fixed(UInt16.self)
    let parentDistance = Int(reader.variable())
    let name = reader.bytes(count: Int(reader.byte()))
    let modified = Int64(bitPattern: reader.fixed(UInt64.self))
    let content: Entry.Content
    switch flags & Kind.mask {
    case Kind.directory: content = .directory
    case Kind.file:
      let size = Int64(reader.variable())
      content = .file(size: size, digest: ContextDigest(bytes: reader.bytes(count: ContextDigest.byteCount)))
    case Kind.symbolicLink: content = .symbolicLink(target: reader.bytes(count: Int(reader.variable())))
    case Kind.hardLink: content = .hardLink(Offset(value: offset.value - Int(reader.variable())))
    case Kind.fifo: content = .fifo
    case Kind.characterDevice:
      content = .characterDevice(major: reader.fixed(UInt32.self), minor: reader.fixed(UInt32.self))
    default:
      content = .blockDevice(major: reader.fixed(UInt32.self), minor: reader.fixed(UInt32.self))
    }
    let capability = flags & Kind.hasCapability == 0 ? [] : reader.bytes(count: Int(reader.byte()))
    let entry = Entry(
      isSent: flags & Kind.sent != 0,
      parent: parentDistance == 0 ? .root : Offset(value: offset.value - parentDistance),
      name: name, mode: mode, modified: modified, content: content, capability: capability)
    let isLastOfChunk = reader.position == chunks[index].count
    offset = Offset(
      value: isLastOfChunk && index + 1 < chunks.count
        ? (index + 1) * Self.chunkSize : index * Self.chunkSize + reader.position)
    return entry
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
