/// Takes what a walk finds.
protocol TreeVisitor: ~Copyable {
  /// A directory, before anything that it holds.
  /// - Parameter isSent: false if it is only on the way to something.
  /// - Returns: what stands for it as `parent` of what it holds.
  mutating func visitDirectory(
    _ place: TreePlace, status: FileStatus, isSent: Bool
  ) throws(ContextError) -> EntryTable.Offset

  /// Anything else that is sent.
  /// - Parameter type: as the directory records it.
  mutating func visitLeaf(
    _ place: TreePlace, type: FileType, directory: Int32, interrupted: () -> Bool
  ) throws(ContextError)

  /// Whether the walk goes on behind a path that it could not take further.
  mutating func passesOver(_ path: [UInt8], after error: ContextError) -> Bool
}

extension TreeVisitor where Self: ~Copyable {
  mutating func passesOver(_ path: [UInt8], after error: ContextError) -> Bool { false }
}

/// Where a walk is. Valid for the time of the visit.
struct TreePlace {
  /// The last component begins at `nameStart`. Behind a leaf's, a NUL stands in memory.
  let path: UnsafeBufferPointer<UInt8>
  let nameStart: Int
  let parent: EntryTable.Offset

  var name: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: path[nameStart...]) }

  /// The name of a leaf for system calls.
  func withName<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    guard let start = path.baseAddress else { return body("") }
    return (start + nameStart).withMemoryRebound(to: CChar.self, capacity: path.count - nameStart + 1, body)
  }
}
