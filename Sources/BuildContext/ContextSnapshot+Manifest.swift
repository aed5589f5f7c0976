extension ContextSnapshot {
  /// Writes the manifest (Protocol/digest.md), whose SHA-256 is `digest`, in pieces of at most some 64 KiB.
  package func writeManifest<SinkError: Error>(
    to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    var size: ArchiveSize?
    try Self.writeManifest(of: table, size: &size, to: sink)
  }

  /// The digest of the manifest, and the exact length of the archive.
  static func summary(
    of table: EntryTable, limits: ContextLimits
  ) throws(ContextError) -> (digest: ContextDigest, tarSize: Int64) {
    var hash = try SHA256()
    var size = Optional(ArchiveSize())
    writeManifest(of: table, size: &size) { hash.update($0) }
    guard let total = size?.total else { throw .tooLarge(limitBytes: limits.bytes) }
    return (try hash.finish(), total)
  }

  /// - Parameter size: of the archive, added up along the way where it is asked for.
  private static func writeManifest<SinkError: Error>(
    of table: EntryTable, size: inout ArchiveSize?, to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    let pieceSize = 32 * 1024
    var text: [UInt8] = []
    text.reserveCapacity(2 * pieceSize)
    text += ManifestLine.header
    var path = EntryPath()
    try table.forEachRecord { (record) throws(SinkError) in
      path.move(to: record)
      if text.count > pieceSize {
        try give(text, to: sink)
        text.removeAll(keepingCapacity: true)
      }
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
    try give(text, to: sink)
  }

  /// `withUnsafeBytes` of an array does not pass on typed errors.
  private static func give<SinkError: Error>(
    _ bytes: [UInt8], to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    let result = bytes.withUnsafeBytes { bytes -> Result<Void, SinkError> in
      do throws(SinkError) { return .success(try sink(bytes)) } catch { return .failure(error) }
    }
    try result.get()
  }
}
