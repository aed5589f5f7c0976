/// Cuts an archive into members and makes a tree of them.
struct TarReader: ~Copyable {
  /// Of zeros behind the end, in bytes: more than any program fills its last record with.
  private static let paddingLimit: Int64 = 16 << 20
  /// Of extended headers before one member, in bytes altogether, and of each global one.
  private static let extendedLimit: Int64 = 1 << 20
  /// The number of extended headers before one member.
  private static let extendedCountLimit = 16
  /// Of headers that are no members with what they hold, in bytes: for the archive, and for each entry it may have.
  private static let metadataLimit = (archive: 1 << 20, entry: 4 << 10)

  private enum State {
    case header
    /// Bytes of an extended header that are still to come.
    case extended(ExtendedHeader, left: Int64)
    /// Bytes of a file.
    case contents(file: Int32, size: Int64, left: Int64)
    /// What fills the last block of something.
    case skipped(left: Int64)
    /// Bytes behind the two blocks that end the archive, so far.
    case end(padding: Int64)
  }

  private let store: any ContentStore
  private let limits: ContextLimits
  private var hash: SHA256
  private var assembly: TreeAssembly
  /// Bytes in the store.
  private var stored: Int64 = 0

  private var state = State.header
  private var block: [UInt8] = []
  private var hasReadHeader = false
  private var hasReadZeroBlock = false
  private var extended: [UInt8] = []
  private var prefix = MemberPrefix()
  private var global = PaxRecords()
  private var extendedBytes: Int64 = 0
  private var extendedCount = 0
  /// What is left of `metadataLimit`.
  private var metadataRoom: Int

  init(store: any ContentStore, limits: ContextLimits) throws(ContextError) {
    self.store = store
    self.limits = limits
    hash = try SHA256()
    assembly = TreeAssembly(limit: limits.entries, nameLimit: limits.names)
    let (entries, overflow) = limits.entries.multipliedReportingOverflow(by: Self.metadataLimit.entry)
    metadataRoom = overflow ? .max : max(entries, Self.metadataLimit.archive)
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(ContextError) {
    var rest = bytes
    while !rest.isEmpty {
      switch state {
      case .header:
        let piece = Self.take(Int64(TarHeader.blockSize - block.count), from: &rest)
        block.append(contentsOf: piece)
        if block.count == TarHeader.blockSize {
          try readHeader(TarFields(block))
          block.removeAll(keepingCapacity: true)
        }
      case .extended(let kind, let left):
        let piece = Self.take(left, from: &rest)
        extended.append(contentsOf: piece)
        state = .extended(kind, left: left - Int64(piece.count))
        if left == Int64(piece.count) { try finishExtended(kind) }
      case .contents(let file, let size, let left):
        let piece = Self.take(left, from: &rest)
        try keep(piece)
        state = .contents(file: file, size: size, left: left - Int64(piece.count))
        if left == Int64(piece.count) { try finishContents(of: file, size: size) }
      case .skipped(let left):
        let piece = Self.take(left, from: &rest)
        state = left == Int64(piece.count) ? .header : .skipped(left: left - Int64(piece.count))
      case .end(let padding):
        guard rest.allSatisfy({ $0 == 0 }), Int64(rest.count) <= Self.paddingLimit - padding else {
          throw .invalidArchive(entry: nil, .dataBehindEnd)
        }
        state = .end(padding: padding + Int64(rest.count))
        return
      }
    }
  }

  mutating func finish() throws(ContextError) -> ReceivedTree {
    switch state {
    case .end: break
    // One block of zeros and then nothing: some programs end archives so.
    case .header where hasReadZeroBlock && block.isEmpty: break
    case .header, .extended, .contents, .skipped:
      throw .invalidArchive(entry: nil, hasReadHeader ? .truncated : .notAnArchive)
    }
    return ReceivedTree(assembly, store: store)
  }

  private static func take(_ count: Int64, from rest: inout UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let count = Int(min(count, Int64(rest.count)))
    defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
    return UnsafeRawBufferPointer(rebasing: rest[..<count])
  }

  // MARK: - Headers

  private mutating func readHeader(_ fields: TarFields) throws(ContextError) {
    if fields.isZero {
      guard extendedCount == 0 else { throw .invalidArchive(entry: nil, .truncated) }
      if hasReadZeroBlock { state = .end(padding: 0) }
      hasReadZeroBlock = true
      hasReadHeader = true
      return
    }
    guard fields.hasValidChecksum else {
      throw .invalidArchive(entry: nil, hasReadZeroBlock ? .dataBehindEnd : hasReadHeader ? .checksum : .notAnArchive)
    }
    guard !hasReadZeroBlock else { throw .invalidArchive(entry: nil, .dataBehindEnd) }
    hasReadHeader = true
    if let kind = ExtendedHeader(rawValue: fields.type) {
      try beginExtended(kind, size: fields.size)
      return
    }
    let prefix = prefix
    self.prefix = MemberPrefix()
    extendedBytes = 0
    extendedCount = 0
    // The name of a volume: no file.
    if fields.type == UInt8(ascii: "V") { return try countMetadata(0) }
    do throws(ReceptionFailure) {
      let member: TarMember
      do throws(ArchiveFault) { member = try TarMember(fields, prefix, global: global) } catch { throw .fault(error) }
      try add(member)
    } catch {
      switch error {
      // Of a long name the beginning.
      case .fault(let fault):
        throw .invalidArchive(entry: ContextPath.text(prefix.name(of: fields).prefix(256)), fault)
      case .context(let error): throw error
      }
    }
  }

  private mutating func beginExtended(_ kind: ExtendedHeader, size: Int64?) throws(ContextError) {
    guard let size, size >= 0 else { throw .invalidArchive(entry: nil, .number) }
    guard size <= Self.extendedLimit - extendedBytes, extendedCount < Self.extendedCountLimit else {
      throw .invalidArchive(entry: nil, .extendedHeaderTooLarge)
    }
    try countMetadata(Int(size))
    extendedBytes += size
    extendedCount += 1
    extended.removeAll(keepingCapacity: true)
    state = .extended(kind, left: size)
    if size == 0 { try finishExtended(kind) }
  }

  /// - Parameter size: bytes behind a header's own block.
  private mutating func countMetadata(_ size: Int) throws(ContextError) {
    let count = TarHeader.blockSize + size + TarHeader.padding(after: Int64(size))
    guard count <= metadataRoom else { throw .invalidArchive(entry: nil, .extendedHeaderTooLarge) }
    metadataRoom -= count
  }

  private mutating func finishExtended(_ kind: ExtendedHeader) throws(ContextError) {
    skip(TarHeader.padding(after: Int64(extended.count)))
    do throws(ArchiveFault) {
      switch kind {
      case .longName: prefix.longName = Array(extended.prefix { $0 != 0 })
      case .longLinkName: prefix.longLinkName = Array(extended.prefix { $0 != 0 })
      case .records, .solarisRecords: try prefix.records.read(extended)
      case .globalRecords: try global.read(extended)
      }
    } catch {
      throw .invalidArchive(entry: nil, error)
    }
    guard global.concernsTimesOnly else { throw .invalidArchive(entry: nil, .globalHeader) }
  }

  // MARK: - Members

  private mutating func add(_ member: TarMember) throws(ReceptionFailure) {
    let metadata = member.metadata
    switch member.content {
    case .directory: try assembly.addDirectory(member.path, metadata)
    case .symbolicLink(let target): try assembly.addSymbolicLink(member.path, metadata, target: target)
    case .hardLink(let target): try assembly.addHardLink(member.path, to: target, metadata)
    case .fifo: try assembly.addFifo(member.path, metadata)
    case .file(let size):
      guard size <= limits.bytes - stored else { throw .context(.tooLarge(limitBytes: limits.bytes)) }
      let file = try assembly.addFile(member.path, metadata, position: stored, size: size)
      hash.restart()
      state = .contents(file: file, size: size, left: size)
      do throws(ContextError) {
        if size == 0 { try finishContents(of: file, size: 0) }
      } catch {
        throw .context(error)
      }
    }
  }

  private mutating func keep(_ bytes: UnsafeRawBufferPointer) throws(ContextError) {
    do throws(ContentStoreError) { try store.append(bytes) } catch { throw .store(error) }
    hash.update(bytes)
    stored += Int64(bytes.count)
  }

  private mutating func finishContents(of file: Int32, size: Int64) throws(ContextError) {
    assembly.setDigest(try hash.finish(), of: file)
    skip(TarHeader.padding(after: size))
  }

  private mutating func skip(_ count: Int) {
    state = count == 0 ? .header : .skipped(left: Int64(count))
  }
}
