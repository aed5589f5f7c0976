/// One thing in a context.
struct Entry: Equatable {
  enum Content: Equatable {
    case directory
    case file(size: Int64, digest: ContextDigest)
    case symbolicLink(target: ArraySlice<UInt8>)
    /// Another name of an entry before it.
    case hardLink(EntryTable.Offset)
    case fifo
    case characterDevice(major: UInt32, minor: UInt32)
    case blockDevice(major: UInt32, minor: UInt32)
  }

  /// False for a directory that is there only because something below it is sent.
  var isSent: Bool
  /// The directory's entry that holds it.
  var parent: EntryTable.Offset
  /// The last component of its path.
  var name: ArraySlice<UInt8>
  /// Permissions with the set-id and sticky bits; 0777 for a symbolic link.
  var mode: UInt16
  /// Seconds since 1970; rounded down.
  var modified: Int64
  var content: Content
  /// The value of `security.capability`, or nothing.
  var capability: ArraySlice<UInt8>

  /// Whether a look at the tree without reading the files shows the same entry. Times do not count.
  func looksLike(_ other: Entry) -> Bool {
    guard isSent == other.isSent, parent == other.parent, mode == other.mode, name == other.name else { return false }
    return switch (content, other.content) {
    case (.file(let size, _), .file(let otherSize, _)): size == otherSize
    default: content == other.content
    }
  }
}
