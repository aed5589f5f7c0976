/// A tree that a Dockerfile is looked for in: a directory, or what an archive holds.
protocol BuildTree: ~Copyable {
  /// What a path leads to; nothing if there is no such thing. The directories on the way are none that links stand for.
  func look(at path: [UInt8]) throws(ContextError) -> TreeEntry?

  /// The path in the tree that an absolute link target means, if it lies within.
  func pathInside(_ target: [UInt8]) -> [UInt8]?

  /// Reads a regular file whole.
  /// - Parameter path: free of symbolic links.
  /// - Throws: `tooLarge` if it has more bytes than `limit`.
  func read(_ path: [UInt8], limit: Int, tooLarge: ContextError) throws(ContextError) -> SmallFile
}

enum TreeEntry: Equatable {
  case directory
  case symbolicLink(target: [UInt8])
  case other
}

/// A file that was read for what it says about the build.
struct SmallFile: Sendable {
  let bytes: [UInt8]
  let mode: UInt16
  /// Seconds since 1970.
  let modified: Int64
}
