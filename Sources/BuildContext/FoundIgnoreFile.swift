/// An ignore file of a tree, as it was read.
struct FoundIgnoreFile: Sendable {
  /// Where builders look first or only.
  static let generalName = Array(".dockerignore".utf8)

  /// As it was looked for, links not resolved.
  let path: [UInt8]
  /// As it was read; where a link leads to it, that file.
  let file: SmallFile

  /// Nothing if none of the paths leads to something in the context.
  /// - Parameter paths: the first that does counts.
  init?<Tree: BuildTree & ~Copyable>(among paths: [[UInt8]], in tree: borrowing Tree) throws(ContextError) {
    for path in paths {
      guard case .resolved(let resolved) = try LinkResolution.resolve(path, in: tree) else { continue }
      let limit = ContextLimits.ignoreFile
      file = try tree.read(
        resolved, limit: limit, tooLarge: .ignoreFileTooLarge(path: ContextPath.text(resolved), limitBytes: limit))
      self.path = path
      return
    }
    return nil
  }
}
