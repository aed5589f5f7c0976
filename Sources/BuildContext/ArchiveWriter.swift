/// Writes the archive of a table of entries, reading its files anew and comparing each with what was measured, but for
/// those that are kept in memory.
struct ArchiveWriter<SinkError: Error>: ~Copyable {
  private var output = ArchiveOutput()
  private var hash: SHA256
  private var header: [UInt8] = []
  private var isFirst = true
  private let added: AddedFiles

  init(_ added: AddedFiles) throws(ContextTransferError<SinkError>) {
    self.added = added
    do throws(ContextError) { hash = try SHA256() } catch { throw .context(error) }
  }

  /// The members; the last block of the last one is not given on yet.
  mutating func writeMembers<Contents: ArchiveContents & ~Copyable>(
    of table: EntryTable, from contents: inout Contents,
    to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void, interrupted: () -> Bool
  ) throws(ContextTransferError<SinkError>) {
    var cursor = EntryCursor(table)
    while let entry = cursor.next() {
      guard entry.isSent else { continue }
      if interrupted() { throw .context(.interrupted) }
      try writeHeader(TarHeader(entry, path: cursor.path, firstName: table.firstName(of: entry)), to: sink)
      if let file = added.file(of: entry) {
        try write(file, to: sink)
      } else if case .file(let size, let digest) = entry.content {
        let file = MeasuredFile(
          entry: cursor.offset, path: cursor.path, mode: entry.mode, size: size, digest: digest,
          capability: entry.capability)
        try copy(file, from: &contents, to: sink, interrupted: interrupted)
      }
    }
  }

  /// The members of an archive without a tree; the last block of the last one is not given on yet.
  mutating func writeAddedMembers(
    to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(ContextTransferError<SinkError>) {
    for file in added.files {
      try writeHeader(TarHeader(file.entry, path: file.name, firstName: []), to: sink)
      try write(file, to: sink)
    }
  }

  /// The end of the archive, and with it what was held back.
  mutating func finish(
    to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(ContextTransferError<SinkError>) {
    do throws(SinkError) {
      try output.appendZeros(TarHeader.endSize, to: sink)
      try output.flush(to: sink)
    } catch {
      throw .sink(error)
    }
  }

  private mutating func writeHeader(
    _ member: TarHeader, to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(ContextTransferError<SinkError>) {
    header.removeAll(keepingCapacity: true)
    if isFirst, member.needsExtendedHeader { header += TarHeader.globalComment }
    isFirst = false
    member.append(to: &header)
    do throws(SinkError) { try output.append(header, to: sink) } catch { throw .sink(error) }
  }

  private mutating func write(
    _ file: AddedFile, to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(ContextTransferError<SinkError>) {
    do throws(SinkError) {
      try output.append(file.bytes, to: sink)
      try output.appendZeros(TarHeader.padding(after: Int64(file.bytes.count)), to: sink)
    } catch {
      throw .sink(error)
    }
  }

  private mutating func copy<Contents: ArchiveContents & ~Copyable>(
    _ measured: MeasuredFile, from contents: inout Contents,
    to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void, interrupted: () -> Bool
  ) throws(ContextTransferError<SinkError>) {
    do throws(ContextError) { try contents.open(measured) } catch { throw .context(error) }
    var left = measured.size
    hash.restart()
    while left > 0 {
      if interrupted() { throw .context(.interrupted) }
      let space: UnsafeMutableRawBufferPointer
      do throws(SinkError) { space = try output.space(flushingTo: sink) } catch { throw .sink(error) }
      do throws(ContextError) {
        let piece = UnsafeMutableRawBufferPointer(rebasing: space[..<Int(min(left, Int64(space.count)))])
        let length = try contents.read(into: piece)
        hash.update(UnsafeRawBufferPointer(rebasing: piece[..<length]))
        output.grow(by: length)
        left -= Int64(length)
      } catch {
        throw .context(error)
      }
    }
    do throws(ContextError) {
      guard try hash.finish() == measured.digest else {
        contents.contentsDiffered()
        throw .changed(path: ContextPath.text(measured.path))
      }
    } catch {
      throw .context(error)
    }
    do throws(SinkError) {
      try output.appendZeros(TarHeader.padding(after: measured.size), to: sink)
    } catch {
      throw .sink(error)
    }
  }
}
