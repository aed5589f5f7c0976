/// Holds a tree against a table of entries whose files have been sent: the names and types of all, which names are one file,
/// and of what is no file all else that is measured. Entries of added files do not count, nor does what they take the place
/// of.
///
/// What is in a file, its size and its mode were compared when it was sent, and what it becomes afterwards changes nothing
/// of the archive. A file under another name than its first is not sent, so that its mode counts.
struct TreeVerification: TreeVisitor, ~Copyable {
  private var expected: EntryCursor
  private let added: AddedFiles
  private let filesHaveOneName: Bool
  private var hardLinks = HardLinks()

  /// - Parameter filesHaveOneName: whether each file of the table was found to have no other name when it was sent, so that
  ///   its status need not be asked.
  init(_ table: EntryTable, added: AddedFiles, filesHaveOneName: Bool) {
    expected = EntryCursor(table)
    self.added = added
    self.filesHaveOneName = filesHaveOneName
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
    if filesHaveOneName, type == .regular {
      _ = try compareFile(at: place)
      return
    }
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: place, in: directory) } catch { throw error.at(place.path) }
    let firstName = hardLinks.firstName(of: status)
    if firstName == nil, status.type == .regular {
      return hardLinks.remember(status, as: try compareFile(at: place))
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

  private mutating func compareFile(at place: TreePlace) throws(ContextError) -> EntryTable.Offset {
    guard goOn() else { throw .changed(path: ContextPath.text(place.path)) }
    guard expected.parent == place.parent, expected.isFile(named: place.name) else { throw difference(at: place) }
    return expected.offset
  }

  private mutating func compare(_ found: Entry, at place: TreePlace) throws(ContextError) -> EntryTable.Offset {
    guard goOn() else { throw .changed(path: ContextPath.text(place.path)) }
    guard expected.entry.looksLike(found) else { throw difference(at: place) }
    return expected.offset
  }

  /// Of two paths, the one that comes first is the one that was added or is missing.
  private func difference(at place: TreePlace) -> ContextError {
    let isAdded = place.path.lexicographicallyPrecedes(expected.path) { Self.rank($0) < Self.rank($1) }
    return .changed(path: ContextPath.text(isAdded ? Array(place.path) : expected.path))
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
