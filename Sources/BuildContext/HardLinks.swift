/// The files seen so far that have other names.
struct HardLinks {
  private var firstNames: [FileStatus.Identity: EntryTable.Offset] = [:]

  /// The entry that has this file already.
  func firstName(of status: FileStatus) -> EntryTable.Offset? {
    status.links > 1 ? firstNames[status.identity] : nil
  }

  mutating func remember(_ status: FileStatus, as offset: EntryTable.Offset) {
    if status.links > 1, firstNames[status.identity] == nil { firstNames[status.identity] = offset }
  }
}
