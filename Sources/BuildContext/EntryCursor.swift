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

  init(_ table: EntryTable) {
    self.table = table
    upcoming = table.start
  }

  /// The path of the directory that holds the current entry; empty for the root.
  var directory: ArraySlice<UInt8> { path[..<(ancestors.last?.pathLength ?? 0)] }

  mutating func next() -> Entry? {
    guard upcoming < table.end else { return nil }
    if isAtDirectory { ancestors.append((offset, path.count)) }
    offset = upcoming
    let entry = table.entry(at: &upcoming)
    isAtDirectory = if case .directory = entry.content { true } else { false }
    while let last = ancestors.last, last.offset != entry.parent { ancestors.removeLast() }
    path.removeSubrange((ancestors.last?.pathLength ?? 0)...)
    if !path.isEmpty { path.append(LexicalPath.slash) }
    path += entry.name
    return entry
  }
}
