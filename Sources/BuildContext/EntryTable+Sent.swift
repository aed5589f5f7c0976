extension EntryTable {
  /// - Parameter body: gets each entry that is sent, its path, and for a hard link the path of its first name.
  func forEachSent<Failure: Error>(
    _ body: (_ entry: Entry, _ path: [UInt8], _ firstName: [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    var cursor = EntryCursor(self)
    while let entry = cursor.next() {
      if entry.isSent { try body(entry, cursor.path, firstName(of: entry)) }
    }
  }

  /// The path of the entry that a hard link names; nothing for any other entry.
  func firstName(of entry: Entry) -> [UInt8] {
    guard case .hardLink(let offset) = entry.content else { return [] }
    return path(of: offset)
  }
}
