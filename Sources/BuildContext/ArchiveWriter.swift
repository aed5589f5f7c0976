/// Writes the archive of a table of entries and added files. What is read anew of its files is compared with what was
/// measured.
struct ArchiveWriter: ~Copyable {
  private var output = ArchiveOutput()
  private var hash: SHA256
  private var header: [UInt8] = []
  private var isFirst = true
  private let added: AddedFiles

  init(_ added: AddedFiles) throws(ContextError) {
    self.added = added
    hash = try SHA256()
  }

  /// The members; the last block of the last one is not given on yet.
  mutating func writeMembers<Contents: ArchiveContents & ~Copyable>(
    of table: EntryTable, from contents: inout Contents, to sink: ArchiveOutput.Sink, interrupted: () -> Bool
  ) throws(ContextError) {
    var cursor = EntryCursor(table)
    while cursor.advance() {
      if interrupted() { throw .interrupted }
      let added = cursor.parent == .root ? self.added.file(at: cursor.path) : nil
      if added == nil, let file = cursor.plainFile {
        try writeHeader(of: file, cursor.path, to: sink)
        try copy(MeasuredFile(file, cursor), at: cursor.place, from: &contents, to: sink, interrupted: interrupted)
        continue
      }
      let entry = cursor.entry
      guard entry.isSent else { continue }
      try writeHeader(TarHeader(entry, path: cursor.path, firstName: table.firstName(of: entry)), to: sink)
      if let added {
        try write(added, to: sink)
      } else if case .file(let size, let digest) = entry.content {
        let file = MeasuredFile(
          entry: cursor.offset, parent: cursor.parent, mode: entry.mode, size: size, digest: digest,
          capability: entry.capability)
        try copy(file, at: cursor.place, from: &contents, to: sink, interrupted: interrupted)
      }
    }
  }

  /// The members of an archive without a tree; the last block of the last one is not given on yet.
  mutating func writeAddedMembers(to sink: ArchiveOutput.Sink) throws(ContextError) {
    for file in added.files {
      try writeHeader(TarHeader(file.entry, path: file.name, firstName: []), to: sink)
      try write(file, to: sink)
    }
  }

  /// The end of the archive, and with it what was held back.
  mutating func finish(to sink: ArchiveOutput.Sink) throws(ContextError) {
    try output.appendZeros(TarHeader.endSize, to: sink)
    try output.flush(to: sink)
  }

  /// Of an ordinary file, as most are.
  private mutating func writeHeader(
    of file: EntryTable.PlainFile, _ path: [UInt8], to sink: ArchiveOutput.Sink
  ) throws(ContextError) {
    guard TarHeader.isPlain(size: file.size, modified: file.modified, path: path) else {
      return try writeHeader(TarHeader(file.entry, path: path, firstName: []), to: sink)
    }
    isFirst = false
    let space = try output.space(flushingTo: sink)
    TarHeader.write(file, path: path, to: UnsafeMutableRawBufferPointer(rebasing: space[..<TarHeader.blockSize]))
    output.grow(by: TarHeader.blockSize)
  }

  private mutating func writeHeader(_ member: TarHeader, to sink: ArchiveOutput.Sink) throws(ContextError) {
    header.removeAll(keepingCapacity: true)
    if isFirst, member.needsExtendedHeader { header += TarHeader.globalComment }
    isFirst = false
    member.append(to: &header)
    try output.append(header, to: sink)
  }

  private mutating func write(_ file: AddedFile, to sink: ArchiveOutput.Sink) throws(ContextError) {
    try output.append(file.bytes, to: sink)
    try output.appendZeros(TarHeader.padding(after: Int64(file.bytes.count)), to: sink)
  }

  private mutating func copy<Contents: ArchiveContents & ~Copyable>(
    _ file: borrowing MeasuredFile, at place: EntryPath, from contents: inout Contents, to sink: ArchiveOutput.Sink,
    interrupted: () -> Bool
  ) throws(ContextError) {
    let isAsMeasured = try contents.open(file, at: place)
    var left = file.size
    hash.restart()
    while left > 0 {
      if interrupted() { throw .interrupted }
      let space = try output.space(flushingTo: sink)
      let piece = UnsafeMutableRawBufferPointer(rebasing: space[..<Int(min(left, Int64(space.count)))])
      let length = try contents.read(into: piece, at: place)
      if !isAsMeasured { hash.update(UnsafeRawBufferPointer(rebasing: piece[..<length])) }
      output.grow(by: length)
      left -= Int64(length)
    }
    if !isAsMeasured, try hash.finish() != file.digest {
      contents.contentsDiffered()
      throw .changed(path: ContextPath.text(place.bytes))
    }
    try output.appendZeros(TarHeader.padding(after: file.size), to: sink)
  }
}
