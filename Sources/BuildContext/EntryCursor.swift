/// Goes through a table from the first entry to the last, with the whole path of each.
struct EntryCursor {
  private let table: EntryTable
  private var upcoming: EntryTable.Offset
  /// The directories above the current entry, and how much of `path` is theirs.
  private var ancestors: [(offset: EntryTable.Offset, pathLength: Int)] = []

  private var isAtDirectory = false

  /// Of the current entry.
  private(set) var path: [UInt8] = []
  private(set) var offset = EntryTable.Offset.root
  /// The current entry, if it is sent and a regular file without a capability, as nearly all are.
  private(set) var plainFile: EntryTable.PlainFile?

  init(_ table: EntryTable) {
    self.table = table
    upcoming = table.start
  }

  /// The path of the directory that holds the current entry; empty for the root.
  var directory: ArraySlice<UInt8> { path[..<(ancestors.last?.pathLength ?? 0)] }

  mutating func next() -> Entry? { advance() ? entry : nil }

  /// Goes to the next entry without taking it from the table. False where there is none.
  mutating func advance() -> Bool {
    guard upcoming < table.end else { return false }
    if isAtDirectory { ancestors.append((offset, path.count)) }
    offset = upcoming
    table.withRecord(at: &upcoming) { record in
      isAtDirectory = record.isDirectory
      plainFile = record.plainFile
      while let last = ancestors.last, last.offset != record.parent { ancestors.removeLast() }
      let length = ancestors.last?.pathLength ?? 0
      // Within a directory, its path and the slash stay.
      if length > 0, length == path.count { path.append(LexicalPath.slash) }
      path.replaceSubrange((length > 0 ? length + 1 : 0)..., with: record.name)
    }
    return true
  }

  /// The current entry.
  var entry: Entry {
    var position = offset
    return table.entry(at: &position)
  }
}
