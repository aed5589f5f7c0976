/// Goes through a table from the first entry to the last, with the whole path of each.
struct EntryCursor {
  private let table: EntryTable
  private var upcoming: EntryTable.Offset
  private(set) var place = EntryPath()

  private(set) var offset = EntryTable.Offset.root
  private(set) var parent = EntryTable.Offset.root

  init(_ table: EntryTable) {
    self.table = table
    upcoming = table.start
  }

  /// Of the current entry.
  var path: [UInt8] { place.bytes }

  /// The path of the directory that holds the current entry; empty for the root.
  var directory: ArraySlice<UInt8> { place.directory }

  /// The next entry; nil behind the last, and for no other reason.
  mutating func next() -> Entry? { advance() ? entry : nil }

  /// Goes to the next entry without taking it from the table. False where there is none.
  mutating func advance() -> Bool {
    guard upcoming < table.end else { return false }
    offset = upcoming
    table.withRecord(at: &upcoming) { record in
      parent = record.parent
      place.move(to: record)
    }
    return true
  }

  /// Whether the current entry is a regular file under its first name, and this one.
  func isFile(named name: UnsafeBufferPointer<UInt8>) -> Bool {
    var position = offset
    return table.withRecord(at: &position) { $0.isFile && $0.isNamed(name) }
  }

  /// The current entry, if it is a file that is sent and has no capability.
  var plainFile: EntryTable.PlainFile? {
    var position = offset
    return table.withRecord(at: &position) { $0.plainFile }
  }

  /// The current entry.
  var entry: Entry {
    var position = offset
    return table.entry(at: &position)
  }
}
