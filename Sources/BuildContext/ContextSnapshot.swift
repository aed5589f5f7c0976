/// A build context as it was when it was measured: what a build gets, and proof of it. Never changes; a directory that
/// it was measured in may.
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
  /// The contents of that file; a text as it was given.
  package let dockerfileBytes: [UInt8]
  /// Path of the ignore file that was used; nil where there was none, also if one is sent to hide the Dockerfile.
  package let ignoreFile: String?
  /// Sockets that would have been sent if archives could hold them.
  package let skippedSockets: Int

  enum Contents {
    /// Where they were measured. What is not held is read again there.
    case tree(MeasuredTree)
    /// As they arrived.
    case stored(StoredContents)
    /// The Dockerfile is all there is.
    case none
  }

  let contents: Contents
  let added: AddedFiles
  let table: EntryTable

  /// Walks and reads the tree, if there is one.
  ///
  /// With more than one processor, further threads read where there is much to read, with the credentials of the calling
  /// one, and one more sums up what is known of a large tree; they have ended when this returns.
  /// - Parameters:
  ///   - index: knows files that need not be read, and learns of those that were.
  ///   - room: for contents of small files that are read, had rested, and have times that can be relied on, so that
  ///     `writeTar` need not read them again.
  ///   - interrupted: asked on the calling thread only, between entries and every 256 KiB, and while it waits for the
  ///     others; if true the measurement ends with `ContextError.interrupted`.
  package init(
    measuring source: ContextSource, limits: ContextLimits = .unlimited, index: FileDigestIndex? = nil,
    room: ContentRoom? = nil, interrupted: () -> Bool = { false }
  ) throws(ContextError) {
    try self.init(
      measuring: source, limits: limits, index: index, room: room, threadCount: nil, interrupted: interrupted)
  }

  /// - Parameters:
  ///   - threadCount: of those that read, at most, the calling one with them; nil for as many as suit the machine. With 1,
  ///     nothing is summed up on another one either.
  ///   - directories: none yet.
  ///   - restingTime: as of `TreeMeasurement`.
  init(
    measuring source: ContextSource, limits: ContextLimits, index: FileDigestIndex?, room: ContentRoom? = nil,
    threadCount: Int?, noting directories: WalkedDirectories = WalkedDirectories(),
    restingTime: Int64 = FileDigestTable.restingTime, interrupted: () -> Bool
  ) throws(ContextError) {
    let files: BuildFiles
    let entries: MeasuredEntries
    let totals: ContextSummary.Totals
    switch source.origin {
    case .directory(let path, let location):
      let directory = try RootDirectory(path: path)
      files = try BuildFiles(locating: location, in: directory, for: source.walker)
      let plan = WalkPlan(
        rules: try files.rules(), walker: source.walker, ignoreFile: files.ignoreFilePath, nameLimit: limits.entries)
      var measurement = try TreeMeasurement(
        directory, limits: limits, files: files, index: index, room: room, threadCount: threadCount,
        restingTime: restingTime)
      var walk = try TreeWalk(directory, plan: plan, noting: directories)
      do throws(ContextError) {
        try walk.run(directory, visitor: &measurement, interrupted: interrupted)
      } catch {
        throw measurement.firstError(error, interrupted: interrupted)
      }
      entries = try measurement.finish(directory, interrupted: interrupted)
      totals = try measurement.totals(of: entries.table)
      contents = .tree(
        MeasuredTree(
          rootPath: path, rootIdentity: directory.status.identity, plan: plan, dockerfile: location, files: files,
          index: index, held: measurement.takeHeld(), directories: walk.directories))
      skippedSockets = walk.skippedSockets
    case .archive(let tree, let location):
      files = try BuildFiles(locating: location, in: tree, for: source.walker)
      let measurement = try ReceivedMeasurement(of: tree, files: files, limits: limits, interrupted: interrupted)
      entries = measurement.entries
      totals = try ContextSummary.totals(of: entries.table)
      contents = .stored(measurement.contents)
      skippedSockets = 0
    case .text(let text):
      files = try BuildFiles(dockerfileText: text, for: source.walker)
      var made = MeasuredEntries(limits: limits, files: files)
      try made.finish()
      entries = made
      totals = try ContextSummary.totals(of: entries.table)
      contents = .none
      skippedSockets = 0
    }

    dockerfile = ContextPath.text(files.dockerfile)
    guard let bytes = entries.dockerfileBytes else { throw .changed(path: dockerfile) }
    dockerfileBytes = bytes
    ignoreFile = files.ignoreFilePath
    added = files.added
    entryCount = entries.entryCount
    fileCount = entries.fileCount
    contentBytes = entries.contentBytes
    table = entries.table
    digest = totals.digest
    guard let tarSize = totals.tarSize else { throw .tooLarge(limitBytes: limits.bytes) }
    self.tarSize = tarSize
  }
}
