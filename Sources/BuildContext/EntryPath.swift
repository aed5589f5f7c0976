/// The path of one entry of a table after another, in the order in which they are there.
struct EntryPath {
  private(set) var bytes: [UInt8] = []
  /// The directories above the entry, and how much of the path is theirs.
  private var ancestors: [(offset: EntryTable.Offset, length: Int)] = []
  /// The entry itself, if it is a directory.
  private var lastDirectory: EntryTable.Offset?

  /// Of the directory that holds the entry; empty for the root.
  var directory: ArraySlice<UInt8> { bytes[..<(ancestors.last?.length ?? 0)] }

  /// Where the last component begins.
  var nameStart: Int {
    let length = ancestors.last?.length ?? 0
    return length > 0 ? length + 1 : 0
  }

  /// - Parameter record: the one behind the last.
  mutating func move(to record: EntryTable.Record) {
    if let lastDirectory { ancestors.append((lastDirectory, bytes.count)) }
    lastDirectory = record.isDirectory ? record.offset : nil
    while let last = ancestors.last, last.offset != record.parent { ancestors.removeLast() }
    let length = ancestors.last?.length ?? 0
    // Within a directory, its path and the slash stay.
    if length > 0, length == bytes.count { bytes.append(LexicalPath.slash) }
    bytes.replaceSubrange((length > 0 ? length + 1 : 0)..., with: record.name)
  }
}
