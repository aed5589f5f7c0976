internal import Glibc

/// The entries of an archive with the files that are added to it, and where the contents of its own are.
struct ReceivedMeasurement {
  let entries: MeasuredEntries
  let contents: StoredContents

  /// - Parameter interrupted: asked between entries.
  init(
    of tree: ReceivedTree, files: BuildFiles, limits: ContextLimits, interrupted: () -> Bool
  ) throws(ContextError) {
    guard files.added.files.isEmpty else {
      (entries, contents) = try Self.merge(
        tree, MeasuredEntries(limits: limits, files: files), interrupted: interrupted)
      return
    }
    let limit = ContextLimits.dockerfile
    let dockerfile = try tree.read(files.dockerfile, limit: limit, tooLarge: .dockerfileTooLarge(limitBytes: limit))
    entries = try MeasuredEntries(tree, dockerfileBytes: dockerfile.bytes, limits: limits, files: files)
    contents = tree.contents
  }

  private static func merge(
    _ tree: ReceivedTree, _ start: MeasuredEntries, interrupted: () -> Bool
  ) throws(ContextError) -> (MeasuredEntries, StoredContents) {
    var entries = start
    var stored: [StoredContents.File] = []
    /// Of directories, and of what has other names, in the new table.
    var offsets: [EntryTable.Offset: EntryTable.Offset] = [.root: .root]
    let firstNames = tree.firstNames
    var cursor = EntryCursor(tree.table)
    while var entry = cursor.next() {
      if interrupted() { throw .interrupted }
      try entries.addFiles(before: cursor.path)
      if let file = entries.added.file(of: entry) {
        guard file.replacesTreesOwn else { throw SystemError(errno: EEXIST).at(cursor.path) }
        continue
      }
      guard let parent = offsets[entry.parent] else { preconditionFailure("an entry before its directory") }
      entry.parent = parent
      // Of several names, the first that stays.
      var first = cursor.offset
      if case .hardLink(let known) = entry.content {
        first = known
        entry.content = offsets[known].map(Entry.Content.hardLink) ?? tree.entry(at: known).content
      }
      if case .file(let size, _) = entry.content { try entries.countFile(size: size) }
      let offset = try entries.add(entry)
      switch entry.content {
      case .hardLink: break
      case .directory: offsets[first] = offset
      case .file:
        stored.append(StoredContents.File(entry: offset, position: tree.contents.position(of: first)))
        fallthrough
      default:
        if firstNames.contains(first) { offsets[first] = offset }
      }
    }
    try entries.finish()
    return (entries, StoredContents(store: tree.contents.store, files: stored))
  }
}
