/// Holds a tree against a table of entries without reading its files: names, types, modes, sizes, link targets, device
/// numbers, and which names are one file. Entries of files that are kept in memory do not count, nor does what they
/// take the place of.
struct TreeVerification: TreeVisitor, ~Copyable {
  private var expected: EntryCursor
  private let added: AddedFiles
  private var hardLinks = HardLinks()

  init(_ table: EntryTable, added: AddedFiles) {
    expected = EntryCursor(table)
    self.added = added
  }

  mutating func visitDirectory(
    _ place: TreePlace, status: FileStatus, isSent: Bool
  ) throws(ContextError) -> EntryTable.Offset {
    try compare(Entry(place, status: status, content: .directory, isSent: isSent), at: place)
  }

  mutating func visitLeaf(
    _ place: TreePlace, type: FileType, directory: Int32, interrupted: () -> Bool
  ) throws(ContextError) {
    if let file = added.file(at: place.path), file.replacesTreesOwn { return }
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: place, in: directory) } catch { throw error.at(place.path) }
    let firstName = hardLinks.firstName(of: status)
    if firstName == nil, status.type == .regular {
      return hardLinks.remember(status, as: try compareFile(status, at: place))
    }
    let content =
      if let firstName { Entry.Content.hardLink(firstName) } else {
        try Entry.Content(status, at: place, directory: directory)
      }
    guard let content else { throw .changed(path: ContextPath.text(place.path)) }
    let offset = try compare(Entry(place, status: status, content: content), at: place)
    hardLinks.remember(status, as: offset)
  }

  /// To be called after the walk.
  mutating func finish() throws(ContextError) {
    if goOn() { throw .changed(path: ContextPath.text(expected.path)) }
  }

  private mutating func compareFile(
    _ status: FileStatus, at place: TreePlace
  ) throws(ContextError) -> EntryTable.Offset {
    guard goOn() else { throw .changed(path: ContextPath.text(place.path)) }
    if let file = expected.plainFile, expected.parent == place.parent, file.size == status.size,
      file.mode == status.permissions, expected.path.elementsEqual(place.path)
    {
      return expected.offset
    }
    return try compareWithExpected(
      Entry(place, status: status, content: .file(size: status.size, digest: .unknown)), at: place)
  }

  private mutating func compare(_ found: Entry, at place: TreePlace) throws(ContextError) -> EntryTable.Offset {
    guard goOn() else { throw .changed(path: ContextPath.text(place.path)) }
    return try compareWithExpected(found, at: place)
  }

  private func compareWithExpected(_ found: Entry, at place: TreePlace) throws(ContextError) -> EntryTable.Offset {
    guard expected.entry.looksLike(found) else {
      // Of two paths, the one that comes first is the one that was added or is missing.
      let isAdded = place.path.lexicographicallyPrecedes(expected.path) { Self.rank($0) < Self.rank($1) }
      throw .changed(path: ContextPath.text(isAdded ? Array(place.path) : expected.path))
    }
    return expected.offset
  }

  /// To the next entry that is a tree's own. False where there is none.
  private mutating func goOn() -> Bool {
    while expected.advance() {
      if expected.parent != .root || added.file(at: expected.path) == nil { return true }
    }
    return false
  }

  /// In the order of paths by components, a `/` comes before every other byte.
  private static func rank(_ byte: UInt8) -> Int { byte == LexicalPath.slash ? -1 : Int(byte) }
}
