extension ContextSnapshot {
  /// Writes the manifest (Protocol/digest.md), whose SHA-256 is `digest`, in pieces of at most some 64 KiB.
  package func writeManifest<SinkError: Error>(
    to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    try Self.writeManifest(of: table, to: sink)
  }

  static func manifestDigest(of table: EntryTable) throws(ContextError) -> ContextDigest {
    var hash = try SHA256()
    writeManifest(of: table) { hash.update($0) }
    return try hash.finish()
  }

  private static func writeManifest<SinkError: Error>(
    of table: EntryTable, to sink: (UnsafeRawBufferPointer) throws(SinkError) -> Void
  ) throws(SinkError) {
    let pieceSize = 32 * 1024
    var text = ManifestLine.header
    try table.forEachSent { (entry, path, firstName) throws(SinkError) in
      if text.count > pieceSize {
        try Self.give(text, to: sink)
        text.removeAll(keepingCapacity: true)
      }
      ManifestLine.append(entry, path: path, firstName: firstName, to: &text)
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
