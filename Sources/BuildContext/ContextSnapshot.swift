/// A directory tree as it was when it was measured: what a build gets, and proof of it. Never changes; the tree may.
package struct ContextSnapshot: Sendable {
  /// Of the manifest.
  package let digest: ContextDigest
  /// Lines of the manifest but the first: members of the archive.
  package let entryCount: Int
  /// Regular files, each counted under its first name only.
  package let fileCount: Int
  /// Of those files together.
  package let contentBytes: Int64
  /// The exact length of the archive.
  package let tarSize: Int64
  /// Path of the Dockerfile in the archive, free of symbolic links.
  package let dockerfile: String
  /// The contents of that file.
  package let dockerfileBytes: [UInt8]
  /// Path of the ignore file that was used.
  package let ignoreFile: String?
  /// Sockets that would have been sent if archives could hold them.
  package let skippedSockets: Int

  let root: String
  let rootIdentity: FileStatus.Identity
  let plan: WalkPlan
  let table: EntryTable

  /// Walks and reads the tree.
  /// - Parameter interrupted: asked between entries and every 256 KiB; if true the measurement ends with
  ///   `ContextError.interrupted`.
  package init(
    measuring source: ContextSource, limits: ContextLimits = .unlimited, interrupted: () -> Bool = { false }
  ) throws(ContextError) {
    let directory = try RootDirectory(path: source.root)
    let files = try BuildFiles(locating: source, in: directory)
    plan = WalkPlan(
      rules: try files.rules(for: source.walker), walker: source.walker, ignoreFile: files.ignoreFile,
      nameLimit: limits.entries)
    var measurement = try TreeMeasurement(limits: limits, dockerfile: files.dockerfile)
    var walk = try TreeWalk(directory, plan: plan)
    try walk.run(directory, visitor: &measurement, interrupted: interrupted)

    dockerfile = ContextPath.text(files.dockerfile)
    guard let bytes = measurement.dockerfileBytes else { throw .changed(path: dockerfile) }
    dockerfileBytes = bytes
    ignoreFile = files.ignoreFile
    skippedSockets = walk.skippedSockets
    root = source.root
    rootIdentity = directory.status.identity
    entryCount = measurement.entryCount
    fileCount = measurement.fileCount
    contentBytes = measurement.contentBytes
    table = measurement.table
    digest = try Self.manifestDigest(of: table)
    tarSize = try Self.archiveSize(of: table, limits: limits)
  }
}
