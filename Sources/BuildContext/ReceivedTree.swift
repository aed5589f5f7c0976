/// What came as an archive: a tree of entries, and where the contents of its files are.
package struct ReceivedTree: Sendable {
  /// Entries that the archive has itself, each path once.
  package let entryCount: Int
  /// Regular files, each counted under its first name only.
  package let fileCount: Int
  /// Of those files together.
  package let contentBytes: Int64

  let table: EntryTable
  let contents: StoredContents
  /// The entries of each directory in turn, the root first, in the order of their names.
  private let children: [EntryTable.Offset]
  /// Where in `children` those of a directory are.
  private let ranges: [EntryTable.Offset: Range<Int>]

  init(_ assembly: TreeAssembly, store: any ContentStore) {
    var builder = ReceivedTreeBuilder(assembly)
    builder.build()
    table = builder.table
    entryCount = builder.entryCount
    fileCount = builder.files.count
    contentBytes = builder.contentBytes
    contents = StoredContents(store: store, files: builder.files)
    children = builder.children
    ranges = builder.ranges
  }

  private func find(_ path: some Collection<UInt8>) -> EntryTable.Offset? {
    var offset = EntryTable.Offset.root
    for name in Array(path).split(separator: LexicalPath.slash) {
      guard let next = child(of: offset, name) else { return nil }
      offset = next
    }
    return offset
  }

  /// - Parameter offset: of an entry, not of the root.
  func entry(at offset: EntryTable.Offset) -> Entry {
    var position = offset
    return table.entry(at: &position)
  }

  /// The entries that hard links name.
  var firstNames: Set<EntryTable.Offset> {
    var names: Set<EntryTable.Offset> = []
    var next = table.start
    while next < table.end {
      if case .hardLink(let first) = table.entry(at: &next).content { names.insert(first) }
    }
    return names
  }

  /// What a path leads to, and under its first name where that is another one.
  func entry(at path: [UInt8]) -> (entry: Entry, offset: EntryTable.Offset)? {
    guard let offset = find(path), offset != .root else { return nil }
    let found = entry(at: offset)
    guard case .hardLink(let first) = found.content else { return (found, offset) }
    return (entry(at: first), first)
  }

  private func child(of directory: EntryTable.Offset, _ name: ArraySlice<UInt8>) -> EntryTable.Offset? {
    var range = ranges[directory] ?? 0..<0
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      let found = entry(at: children[middle]).name
      if found == name { return children[middle] }
      range =
        found.lexicographicallyPrecedes(name) ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }
}
