/// Where the contents of the files of a table are kept.
struct StoredContents: Sendable {
  struct File {
    /// Of a regular file.
    let entry: EntryTable.Offset
    /// In the store.
    let position: Int64
  }

  let store: any ContentStore
  /// Each regular file, in the order of the table.
  let files: [File]

  /// - Parameter entry: of a regular file.
  func position(of entry: EntryTable.Offset) -> Int64 {
    var range = files.indices
    while range.count > 1 {
      let middle = range.lowerBound + range.count / 2
      range = files[middle].entry <= entry ? middle..<range.upperBound : range.lowerBound..<middle
    }
    precondition(files[range].first?.entry == entry, "the entry is of no file here")
    return files[range.lowerBound].position
  }

  /// - Returns: at least 1.
  /// - Throws: `changed` if the store ends there.
  func read(
    at position: Int64, into buffer: UnsafeMutableRawBufferPointer, path: some Sequence<UInt8>
  ) throws(ContextError) -> Int {
    let length: Int
    do throws(ContentStoreError) {
      length = try store.read(at: position, into: buffer)
    } catch {
      throw .store(error)
    }
    guard length > 0 else { throw .changed(path: ContextPath.text(path)) }
    return length
  }
}
