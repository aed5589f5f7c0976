extension ContextSnapshot {
  /// The line of the ignore file that kept a path, or all of a directory above it, from being sent; nil if none did, be
  /// there such a path or not.
  /// - Parameter path: relative to the root, without symbolic links.
  package func lineRemoving(_ path: String) throws(ContextError) -> IgnoreLine? {
    guard case .tree(let tree) = contents else { return nil }
    let path = LexicalPath.clean(Array(path.utf8))
    do throws(IgnoreFileError) {
      let lines = tree.plan.rules.lines
      return try tree.plan.rules.line(excluding: path, for: tree.plan.walker).map { lines[$0] }
    } catch {
      throw ContextError(error, path: ignoreFile ?? "")
    }
  }
}
