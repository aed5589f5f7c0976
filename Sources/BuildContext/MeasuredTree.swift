/// The tree that a snapshot was taken of, and how to find the same entries in it again.
struct MeasuredTree: Sendable {
  /// As it was given.
  let rootPath: String
  let rootIdentity: FileStatus.Identity
  let plan: WalkPlan
  let dockerfile: ContextSource.Dockerfile
  let files: BuildFiles
  /// What vouched for files, perhaps.
  let index: FileDigestIndex?
  let held: HeldContents
  /// Those that were listed.
  let directories: WalkedDirectories?

  /// - Throws: `changed` if another directory is there now.
  func open() throws(ContextError) -> RootDirectory {
    let directory = try RootDirectory(path: rootPath)
    guard directory.status.identity == rootIdentity else { throw .changed(path: ".") }
    return directory
  }

  /// Holds the tree, once it was sent, against what was measured (`TreeVerification`, unless its directories prove as
  /// much), and reads the ignore file again.
  /// - Parameter filesHaveOneName: those that were measured, when they were sent.
  func verify(
    _ table: EntryTable, in directory: borrowing RootDirectory, filesHaveOneName: Bool, interrupted: () -> Bool
  ) throws(ContextError) {
    let proof = filesHaveOneName ? directories : nil
    if try proof?.areUnchanged(in: directory, interrupted: interrupted) != true {
      var verification = TreeVerification(table, added: files.added, filesHaveOneName: filesHaveOneName)
      var walk = try TreeWalk(directory, plan: plan)
      try walk.run(directory, visitor: &verification, interrupted: interrupted)
      try verification.finish()
    }
    try files.verify(in: directory, locating: dockerfile, for: plan.walker)
  }
}
