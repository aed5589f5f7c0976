internal import Glibc

/// Makes the table of entries of a tree from what the kernel says of them, and has every file read for it whose digest
/// is not known.
///
/// Of several errors that of the first path counts, whichever thread came upon it.
struct TreeMeasurement: TreeVisitor, ~Copyable {
  /// Of a run: more would leave threads idle at the end.
  private static let runFiles = 64
  private static let runBytes: Int64 = 1 << 20

  private var entries: MeasuredEntries
  private var hardLinks = HardLinks()
  private var threads: ReadingThreads
  private var index: MeasuringIndex?
  /// Files in the directory that was visited last.
  private var run = FileRun(directory: [])
  private var runParent = EntryTable.Offset.root
  private var dockerfileEntry: EntryTable.Offset?

  /// - Parameters:
  ///   - root: of the tree that will be walked.
  ///   - index: knows digests of files.
  init(
    _ root: borrowing RootDirectory, limits: ContextLimits, files: BuildFiles, index: FileDigestIndex?,
    threadCount: Int? = nil
  ) throws(ContextError) {
    entries = MeasuredEntries(limits: limits, files: files)
    threads = try ReadingThreads(
      root: try root.openDirectory([]), sizeLimit: limits.bytes, threadCount: threadCount)
    self.index = index.map { MeasuringIndex($0) }
  }

  /// To be called after the walk.
  mutating func finish(
    _ root: borrowing RootDirectory, interrupted: () -> Bool
  ) throws(ContextError) -> MeasuredEntries {
    try readAll(interrupted: interrupted)
    entries.shareCapabilities()
    try entries.finish()
    if let dockerfileEntry { try readDockerfile(dockerfileEntry, in: root) }
    return entries
  }

  /// To be called when the walk has failed.
  /// - Returns: the error of a file that comes before.
  mutating func firstError(_ error: ContextError, interrupted: () -> Bool) -> ContextError {
    if case .interrupted = error { return error }
    do throws(ContextError) { try readAll(interrupted: interrupted) } catch { return error }
    return error
  }

  // MARK: - Visits

  mutating func visitDirectory(
    _ place: TreePlace, status: FileStatus, isSent: Bool
  ) throws(ContextError) -> EntryTable.Offset {
    try entries.addFiles(before: place.path)
    if let file = entries.added.file(at: place.path) {
      if file.replacesTreesOwn { throw .changed(path: ContextPath.text(place.path)) }
      throw SystemError(errno: EEXIST).at(place.path)
    }
    return try entries.add(Entry(place, status: status, content: .directory, isSent: isSent))
  }

  mutating func visitLeaf(
    _ place: TreePlace, type: FileType, directory: Int32, interrupted: () -> Bool
  ) throws(ContextError) {
    try entries.addFiles(before: place.path)
    if let file = entries.added.file(at: place.path) {
      guard file.replacesTreesOwn else { throw SystemError(errno: EEXIST).at(place.path) }
      return
    }
    let status: FileStatus
    do throws(SystemError) {
      status = try FileStatus(of: place.name, in: directory)
    } catch {
      throw error.at(place.path)
    }
    guard status.type == type else { throw .changed(path: ContextPath.text(place.path)) }
    if let firstName = hardLinks.firstName(of: status) {
      let offset = try entries.add(Entry(place, status: status, content: .hardLink(firstName)))
      if isDockerfile(place) { dockerfileEntry = offset }
      return
    }
    let offset: EntryTable.Offset
    if type == .regular {
      offset = try visitFile(place, status: status, directory: directory, interrupted: interrupted)
    } else {
      guard let content = try Entry.Content(status, name: place.name, directory: directory, path: place.path) else {
        throw .changed(path: ContextPath.text(place.path))
      }
      offset = try entries.add(Entry(place, status: status, content: content))
    }
    hardLinks.remember(status, as: offset)
  }

  private func isDockerfile(_ place: TreePlace) -> Bool {
    // Asked of every file; the lengths tell most of them apart.
    place.path.count == entries.dockerfile.count && place.path.elementsEqual(entries.dockerfile)
  }

  private mutating func visitFile(
    _ place: TreePlace, status: FileStatus, directory: Int32, interrupted: () -> Bool
  ) throws(ContextError) -> EntryTable.Offset {
    let isDockerfile = isDockerfile(place)
    if isDockerfile, status.size > ContextLimits.dockerfile {
      throw .dockerfileTooLarge(limitBytes: ContextLimits.dockerfile)
    }
    try entries.countFile(size: status.size)
    let offset = try entries.add(
      Entry(place, status: status, content: .file(size: status.size, digest: .unknown)))
    if isDockerfile { dockerfileEntry = offset }
    if runParent != place.parent || run.files.count >= Self.runFiles || run.bytes >= Self.runBytes {
      try endRun(interrupted: interrupted)
      // Nothing behind here can matter any more.
      if threads.failure != nil { try readAll(interrupted: interrupted) }
    }
    if run.files.isEmpty {
      run.restart(in: place.path[..<max(place.nameStart - 1, 0)])
      runParent = place.parent
    }
    let isIndexed = index?.covers(status, in: directory) ?? false
    run.append(place.name, entry: offset, status: status, isIndexed: isIndexed)
    return offset
  }

  // MARK: - Digests

  /// Looks for the digests of the run's files, and has the others read.
  private mutating func endRun(interrupted: () -> Bool) throws(ContextError) {
    guard !run.files.isEmpty else { return }
    if let index {
      index.find(in: &run)
      try entries.fill(from: run)
      run.removeKnown()
    }
    if !run.files.isEmpty {
      threads.read(run, interrupted: interrupted)
      run = FileRun(directory: [])
    }
    try takeBack()
  }

  private mutating func takeBack() throws(ContextError) {
    for run in threads.takeRead() {
      try entries.fill(from: run)
      index?.runWasRead(run)
    }
  }

  private mutating func readAll(interrupted: () -> Bool) throws(ContextError) {
    try endRun(interrupted: interrupted)
    while true {
      if interrupted() { throw .interrupted }
      if !threads.readOne(interrupted: interrupted), !threads.waitForOthers() { break }
      try takeBack()
    }
    if let failure = threads.failure { throw failure }
  }

  /// Its bytes have to be those that were measured, under whichever name and by whoever's word.
  private mutating func readDockerfile(
    _ entry: EntryTable.Offset, in root: borrowing RootDirectory
  ) throws(ContextError) {
    let limit = ContextLimits.dockerfile
    let path = entries.dockerfile
    let file: (bytes: [UInt8], status: FileStatus)
    let digest: ContextDigest
    do throws(ContextError) {
      (file, digest) = try root.readMeasuring(path, limit: limit, tooLarge: .dockerfileTooLarge(limitBytes: limit))
    } catch .unreadable {
      // It was a file, and readable, when it was looked for.
      throw .changed(path: ContextPath.text(path))
    }
    guard digest == entries.table.digest(at: entry) else {
      index?.contentsDiffered(file.status)
      throw .changed(path: ContextPath.text(path))
    }
    entries.dockerfileBytes = file.bytes
  }
}
