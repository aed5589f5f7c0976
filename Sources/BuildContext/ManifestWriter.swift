/// Writes the manifest of a table (Protocol/digest.md) in pieces of at most some 64 KiB, from the first chunk to the last.
struct ManifestWriter {
  private static let pieceSize = 32 * 1024

  private var text: [UInt8] = []
  private var path = EntryPath()
  /// Of the archive, added up along the way; nil where it is not asked for.
  private var size: ArchiveSize?
  private(set) var chunksWritten = 0

  /// - Parameter sumsUp: whether `archiveSize` will be asked for.
  init(sumsUp: Bool = false) {
    text.reserveCapacity(2 * Self.pieceSize)
    text += ManifestLine.header
    size = sumsUp ? ArchiveSize() : nil
  }

  /// Of what was written so far: the exact length; nil where it was not to be added up, or is more than 64 bits can count.
  var archiveSize: Int64? { size?.total }

  /// Writes the chunks up to `end` that were not written yet.
  /// - Parameter table: holds all entries that those refer to.
  mutating func write<SinkError: Error>(
    _ table: EntryTable, chunksBefore end: Int, to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    while chunksWritten < end {
      try table.forEachRecord(ofChunk: chunksWritten) { (record) throws(SinkError) in
        if text.count > Self.pieceSize { try give(to: sink) }
        append(record, of: table)
      }
      chunksWritten += 1
    }
  }

  /// Writes all that is left.
  mutating func finish<SinkError: Error>(
    _ table: EntryTable, to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    try write(table, chunksBefore: table.chunks.count, to: sink)
    try give(to: sink)
  }

  private mutating func append(_ record: EntryTable.Record, of table: EntryTable) {
    path.move(to: record)
    if let file = record.plainFile {
      ManifestLine.append(file, path: path.bytes, to: &text)
      size?.add(file, path: path.bytes)
    } else if record.isSent {
      var offset = record.offset
      let entry = table.entry(at: &offset)
      let firstName = table.firstName(of: entry)
      ManifestLine.append(entry, path: path.bytes, firstName: firstName, to: &text)
      size?.add(entry, path: path.bytes, firstName: firstName)
    }
  }

  /// `withUnsafeBytes` of an array does not pass on typed errors.
  private mutating func give<SinkError: Error>(
    to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    let result = text.withUnsafeBytes { bytes -> Result<Void, SinkError> in
      do throws(SinkError) { return .success(try sink(bytes)) } catch { return .failure(error) }
    }
    try result.get()
    text.removeAll(keepingCapacity: true)
  }
}
