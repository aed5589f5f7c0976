/// A file whose contents are in memory as they were measured.
struct HeldFile: Sendable {
  struct Place: Sendable {
    let block: ContentBlock
    /// In the block.
    let start: Int
  }

  let entry: EntryTable.Offset
  /// From before the first byte was read until after the last.
  let status: FileStatus
  let place: Place

  /// Valid as long as this value is there.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: place.block.memory[place.start..<(place.start + Int(status.size))])
  }
}
