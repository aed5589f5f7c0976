extension ContextSnapshot {
  /// Writes the manifest (Protocol/digest.md), whose SHA-256 is `digest`, in pieces of at most some 64 KiB.
  package func writeManifest<SinkError: Error>(
    to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    try Self.writeManifest(of: table, to: sink)
  }

  /// The digest of the manifest, and the exact length of the archive.
  static func summary(
    of table: EntryTable, limits: ContextLimits
  ) throws(ContextError) -> (digest: ContextDigest, tarSize: Int64) {
    var hash = try SHA256()
    var size = ArchiveSize()
    writeManifest(of: table, to: { hash.update($0) }, each: { size.add($0, path: $1, firstName: $2) })
    guard let total = size.total else { throw .tooLarge(limitBytes: limits.bytes) }
    return (try hash.finish(), total)
  }

  /// - Parameter each: called for every entry that is sent, as by `forEachSent`.
  private static func writeManifest<SinkError: Error>(
    of table: EntryTable, to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void,
    each: (_ entry: Entry, _ path: [UInt8], _ firstName: [UInt8]) -> Void = { _, _, _ in }
  ) throws(SinkError) {
    let pieceSize = 32 * 1024
    var text: [UInt8] = []
    text.reserveCapacity(2 * pieceSize)
    text += ManifestLine.header
    try table.forEachSent { (entry, path, firstName) throws(SinkError) in
      if text.count > pieceSize {
        try Self.give(text, to: sink)
        text.removeAll(keepingCapacity: true)
      }
      ManifestLine.append(entry, path: path, firstName: firstName, to: &text)
      each(entry, path, firstName)
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
