/// Reads an archive as it arrives, in pieces of any size, without unpacking it: the contents of its files go to a
/// store, everything else is kept in memory. What the archive may hold says Protocol/digest.md.
///
/// Memory is bounded by the number of entries, some 100 bytes for each, by the bytes of their names and of the targets
/// of symbolic links, and by what the decompression needs, at most some 128 MiB with Zstandard.
package struct ArchiveReception: ~Copyable {
  private var decoder: ArchiveDecoder
  private var reader: TarReader
  private var failure: ContextError?

  /// - Parameters:
  ///   - store: empty, and for nobody else to append to.
  ///   - limits: of all members, also those that later ones take the place of; the entries with the directories that
  ///     only paths name.
  package init(
    format: ArchiveFormat, store: any ContentStore, limits: ContextLimits = .unlimited
  ) throws(ContextError) {
    decoder = ArchiveDecoder(format)
    reader = try TarReader(store: store, limits: limits)
  }

  /// Takes the next bytes of the archive; they need not stay. Nothing can be received after an error, which every
  /// later call throws again.
  ///
  /// - Parameter interrupted: asked before each piece that the bytes are decompressed to, of which a few bytes may give
  ///   many; true makes `interrupted` of it.
  package mutating func append(
    _ bytes: UnsafeRawBufferPointer, interrupted: () -> Bool = { false }
  ) throws(ContextError) {
    if let failure { throw failure }
    do throws(ContextError) {
      var input = bytes
      while true {
        if interrupted() { throw .interrupted }
        guard let piece = try decoder.next(&input) else { return }
        try reader.append(piece)
      }
    } catch {
      failure = error
      throw error
    }
  }

  /// To be called once, when all bytes have been given.
  package mutating func finish() throws(ContextError) -> ReceivedTree {
    if let failure { throw failure }
    do throws(ContextError) {
      try decoder.finish()
      return try reader.finish()
    } catch {
      failure = error
      throw error
    }
  }
}
