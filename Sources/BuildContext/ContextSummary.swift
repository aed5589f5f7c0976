/// What a table comes to: the digest of its manifest, and the exact length of the archive.
struct ContextSummary: ~Copyable {
  private var hash: SHA256
  private var manifest = ManifestWriter(sumsUp: true)

  init() throws(ContextError) { hash = try SHA256() }

  static func totals(of table: EntryTable) throws(ContextError) -> Totals {
    var summary = try ContextSummary()
    return try summary.finish(table)
  }

  /// Takes in the first chunks, as far as they were not.
  /// - Parameter table: its entries in these are what they will be in the end.
  mutating func take(_ table: EntryTable, chunksBefore end: Int) {
    manifest.write(table, chunksBefore: end) { hash.update($0) }
  }

  /// Takes in all that is left.
  mutating func finish(_ table: EntryTable) throws(ContextError) -> Totals {
    manifest.finish(table) { hash.update($0) }
    return Totals(digest: try hash.finish(), tarSize: manifest.archiveSize)
  }

  struct Totals: Sendable {
    let digest: ContextDigest
    /// nil where 64 bits do not hold it.
    let tarSize: Int64?
  }
}
