internal import Glibc

/// A manifest (Protocol/digest.md) on disk, compressed as one Zstandard frame: some 40 bytes for a typical entry.
package enum ManifestFile {
  /// Writes the manifest of a context at the place of the descriptor. Blocks.
  ///
  /// - Parameters:
  ///   - descriptor: for writing; stays the caller's.
  ///   - limit: bytes of the file.
  /// - Returns: bytes of the file.
  /// - Throws: `.system`, `.tooLarge`; the file holds less than all then.
  package static func write(
    _ snapshot: ContextSnapshot, to descriptor: Int32, limit: Int64
  ) throws(ManifestError) -> Int64 {
    let encoder = ZstdEncoder()
    var size: Int64 = 0
    func put(_ bytes: UnsafeRawBufferPointer) throws(ManifestError) {
      guard Int64(bytes.count) <= limit - size else { throw .tooLarge(limitBytes: limit) }
      size += Int64(bytes.count)
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count >= 0 { rest = rest.dropFirst(count) } else if errno != EINTR { throw .system(errno: errno) }
      }
    }
    try snapshot.writeManifest { (text) throws(ManifestError) in
      try encoder.append(text, isLast: false) { (bytes) throws(ManifestError) in try put(bytes) }
    }
    try encoder.append(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true) {
      (bytes) throws(ManifestError) in try put(bytes)
    }
    return size
  }

  /// What changed between two contexts, read in one pass. Blocks.
  ///
  /// - Parameters:
  ///   - before: a file that `write` wrote to its end, at its start, and the digest of that context.
  ///   - after: the same of the other one.
  ///   - interrupted: asked every 32 KiB or so.
  /// - Throws: `.damaged` unless both files are the manifests of these digests.
  package static func changes(
    from before: (descriptor: Int32, digest: ContextDigest), to after: (descriptor: Int32, digest: ContextDigest),
    interrupted: () -> Bool = { false }
  ) throws(ManifestError) -> ManifestChanges {
    var old = try ManifestReader(before.descriptor, before.digest)
    var new = try ManifestReader(after.descriptor, after.digest)
    var changes = ManifestChanges()
    var oldLine = try old.next(interrupted)
    var newLine = try new.next(interrupted)
    while oldLine != nil || newLine != nil {
      // Nearly all are, and need not be looked into.
      if oldLine == newLine {
        oldLine = try old.next(interrupted)
        newLine = try new.next(interrupted)
        continue
      }
      let (before, after) = (try entry(oldLine), try entry(newLine))
      switch ManifestEntry.order(before, after) {
      case .same:
        if let before, let after { changes.compare(before, after) }
        oldLine = try old.next(interrupted)
        newLine = try new.next(interrupted)
      case .firstOnly:
        if let before { changes.remove(before) }
        oldLine = try old.next(interrupted)
      case .secondOnly:
        if let after { changes.add(after) }
        newLine = try new.next(interrupted)
      }
    }
    return changes
  }

  private static func entry(_ line: [UInt8]?) throws(ManifestError) -> ManifestEntry? {
    guard let line else { return nil }
    guard let entry = ManifestEntry(line) else { throw .damaged }
    return entry
  }
}
