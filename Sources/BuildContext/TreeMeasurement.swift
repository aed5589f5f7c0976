internal import Glibc

/// Makes the table of entries of a tree from what the kernel says of them, and has every file read for it whose digest
/// is not known.
///
/// Of several errors that of the first path counts, whichever thread came upon it.
struct TreeMeasurement: TreeVisitor, ~Copyable {
  private var entries: MeasuredEntries
  private var hardLinks = HardLinks()
  private var threads: ReadingThreads
  private let index: MeasuringIndex?
  private var reliableTimes = ReliableTimes()
  private let restingTime: Int64
  /// Files for the threads, all of one directory.
  private var run = FileRun(directory: [])
  /// The first entries of runs that were not taken back, in their order.
  private var unread: [EntryTable.Offset] = []
  private var held: [HeldFile] = []
  private var group = FileGroup()
  private(set) var summary = Summary()
  private var dockerfileEntry: EntryTable.Offset?

  /// - Parameters:
  ///   - root: of the tree that will be walked.
  ///   - index: knows digests of files.
  ///   - room: for contents of files that are read.
  ///   - restingTime: seconds for which a file has to have rested for its status to tell of changes.
  init(
    _ root: borrowing RootDirectory, limits: ContextLimits, files: BuildFiles, index: FileDigestIndex?,
    room: ContentRoom? = nil, threadCount: Int? = nil, restingTime: Int64 = FileDigestTable.restingTime
  ) throws(ContextError) {
    self.restingTime = restingTime
    entries = MeasuredEntries(limits: limits, files: files)
    threads = try ReadingThreads(
      root: try root.openDirectory([]), sizeLimit: limits.bytes, room: room, threadCount: threadCount)
    self.index = index.map { MeasuringIndex($0) }
    group.expectsKnown = !(self.index?.isEmpty ?? true)
    summary.mayBegin = threads.mayBeSeveral
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

  /// To be called once, after `finish`.
  mutating func takeHeld() -> HeldContents { HeldContents(exchange(&held, with: [])) }

  /// To be called at the end.
  /// - Parameter table: what `finish` has returned.
  mutating func totals(of table: EntryTable) throws(ContextError) -> ContextSummary.Totals {
    guard let thread = summary.thread else { return try ContextSummary.totals(of: table) }
    return try thread.finish(table)
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
    if type == .regular {
      return try visitFile(place, directory: directory, interrupted: interrupted)
    }
    let status = try status(of: place, type, in: directory)
    if try addHardLink(place, status) { return }
    guard let content = try Entry.Content(status, at: place, directory: directory) else {
      throw .changed(path: ContextPath.text(place.path))
    }
    hardLinks.remember(status, as: try entries.add(Entry(place, status: status, content: content)))
  }

  private func status(of place: TreePlace, _ type: FileType, in directory: Int32) throws(ContextError) -> FileStatus {
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: place, in: directory) } catch {
      throw error.at(place.path)
    }
    guard status.type == type else { throw .changed(path: ContextPath.text(place.path)) }
    return status
  }

  /// False where the file has no entry yet.
  private mutating func addHardLink(_ place: TreePlace, _ status: FileStatus) throws(ContextError) -> Bool {
    guard let firstName = hardLinks.firstName(of: status) else { return false }
    let offset = try entries.add(Entry(place, status: status, content: .hardLink(firstName)))
    if isDockerfile(place) { dockerfileEntry = offset }
    return true
  }

  private func isDockerfile(_ place: TreePlace) -> Bool {
    // Asked of every file; the lengths tell most of them apart.
    place.path.count == entries.dockerfile.count && place.path.elementsEqual(entries.dockerfile)
  }

  // MARK: - Files

  /// Files of one directory that are treated alike.
  private struct FileGroup {
    var parent: EntryTable.Offset?
    var files = 0
    /// Of the contents of those that are not known.
    var bytes: Int64 = 0
    /// By the clock of the system, before the first of them was opened.
    var began = FileStatus.Time.now
    /// Whether they are read on this thread as they are found.
    var isReadHere = false
    /// Whether the last one was known: a directory that has changed has mostly changed as a whole.
    var expectsKnown = false
    /// Whether the last one could have been read early: most files of a tree are of one age and small.
    var readsEarly = false
  }

  /// A file that is read as it is found.
  private struct OpenedFile {
    /// Its owner's.
    let descriptor: Int32
    let early: EarlyReading?
  }

  private mutating func visitFile(
    _ place: TreePlace, directory: Int32, interrupted: () -> Bool
  ) throws(ContextError) {
    if group.parent != place.parent || group.files >= FileRun.fileLimit || group.bytes >= FileRun.byteLimit {
      try beginGroup(place.parent, interrupted: interrupted)
    }
    group.files += 1
    let offset: EntryTable.Offset?
    let status: FileStatus
    if group.isReadHere, !group.expectsKnown {
      // Opened at once, as looking for its name takes as long as all else that is asked of it.
      let descriptor = try open(place, in: directory)
      var early = group.readsEarly ? threads.readEarly(descriptor.raw) : nil
      do throws(SystemError) { status = try FileStatus(of: descriptor.raw) } catch { throw error.at(place.path) }
      guard status.type == .regular else { throw .changed(path: ContextPath.text(place.path)) }
      // A clock that was put back has made what changed meanwhile look as if it had rested.
      if early != nil, FileStatus.Time.now < group.began { early = nil }
      let file = OpenedFile(descriptor: descriptor.raw, early: early)
      offset = try visitFile(place, status, directory: directory, file: file, interrupted: interrupted)
    } else {
      status = try self.status(of: place, .regular, in: directory)
      offset = try visitFile(place, status, directory: directory, file: nil, interrupted: interrupted)
    }
    if let offset { hardLinks.remember(status, as: offset) }
  }

  /// - Parameter file: where it is open already.
  /// - Returns: nil for what is another name of a file.
  private mutating func visitFile(
    _ place: TreePlace, _ status: FileStatus, directory: Int32, file: OpenedFile?, interrupted: () -> Bool
  ) throws(ContextError) -> EntryTable.Offset? {
    if try addHardLink(place, status) { return nil }
    let isDockerfile = isDockerfile(place)
    if isDockerfile, status.size > ContextLimits.dockerfile {
      throw .dockerfileTooLarge(limitBytes: ContextLimits.dockerfile)
    }
    try entries.countFile(size: status.size)
    try entries.countEntry()
    let hasReliableTimes = reliableTimes.covers(status, in: directory)
    let known = hasReliableTimes ? index?.digest(of: status) : nil
    group.expectsKnown = known != nil
    let isRested = hasReliableTimes && status.hasRested(restingTime, at: group.began)
    group.readsEarly = isRested && status.size < FileReader.earlyLimit
    if known == nil { group.bytes += min(status.size, .max - group.bytes) }
    let offset: EntryTable.Offset
    if let known {
      offset = entries.addFile(place, status, digest: known)
    } else if group.isReadHere {
      let reading: FileReading
      if let file {
        reading = try read(place, file, found: status, isRested: isRested, interrupted)
      } else {
        let descriptor = try open(place, in: directory)
        let file = OpenedFile(descriptor: descriptor.raw, early: nil)
        reading = try read(place, file, found: status, isRested: isRested, interrupted)
      }
      if isRested { index?.wasRead(reading, at: group.began) }
      try entries.recountFile(from: status.size, to: reading.status.size)
      offset = entries.addFile(place, reading)
      if let place = reading.place { held.append(HeldFile(entry: offset, status: reading.status, place: place)) }
    } else {
      offset = entries.addFile(place, status, digest: .unknown)
      if run.files.isEmpty { run = FileRun(directory: Array(place.path[..<max(place.nameStart - 1, 0)])) }
      run.append(place.name, entry: offset, status: status, isRested: isRested)
    }
    if isDockerfile { dockerfileEntry = offset }
    return offset
  }

  private func open(_ place: TreePlace, in directory: Int32) throws(ContextError) -> OwnedDescriptor {
    do throws(FileReader.Failure) { return try FileReader.open(place, in: directory) } catch {
      throw error.at(place.path)
    }
  }

  private mutating func read(
    _ place: TreePlace, _ file: OpenedFile, found: FileStatus, isRested: Bool, _ interrupted: () -> Bool
  ) throws(ContextError) -> FileReading {
    do throws(FileReader.Failure) {
      return try threads.readNow(
        file.descriptor, early: file.early, found: found, isRested: isRested, interrupted: interrupted)
    } catch {
      throw error.at(place.path)
    }
  }

  private mutating func beginGroup(
    _ parent: EntryTable.Offset, interrupted: () -> Bool
  ) throws(ContextError) {
    endRun()
    if !unread.isEmpty { try takeBack() }
    // Nothing behind here can matter any more.
    if threads.failure != nil { try readAll(interrupted: interrupted) }
    try sumUp(interrupted: interrupted)
    group.parent = parent
    group.files = 0
    group.bytes = 0
    group.began = .now
    group.isReadHere = threads.areBusy
  }

  // MARK: - Summary

  /// What is summed up while the walk goes on.
  struct Summary {
    fileprivate(set) var mayBegin = false
    fileprivate(set) var thread: SummaryThread?
    /// Chunks of the table that the thread was given.
    fileprivate(set) var chunks = 0
  }

  /// Has those entries summed up that will stay as they are. Hard links may still get the capability of a file, if any has
  /// one.
  private mutating func sumUp(interrupted: () -> Bool) throws(ContextError) {
    guard summary.mayBegin, entries.table.capabilities.isEmpty else { return }
    let full = entries.table.fullChunkCount(before: nil)
    guard full > summary.chunks else { return }
    var chunks = entries.table.fullChunkCount(before: unread.first)
    // A few files are not worth a thread, and would wait for the end of the walk, with all that is behind them.
    if chunks == summary.chunks, full > summary.chunks + 1, threads.readOne(interrupted: interrupted) {
      try takeBack()
      chunks = entries.table.fullChunkCount(before: unread.first)
    }
    // One of those that were read just now may have one.
    guard chunks > summary.chunks, entries.table.capabilities.isEmpty else { return }
    if summary.thread == nil { summary.thread = SummaryThread() }
    guard let thread = summary.thread else { return summary.mayBegin = false }
    thread.take(entries.table.prefix(chunks: chunks))
    summary.chunks = chunks
  }

  // MARK: - Runs

  private mutating func endRun() {
    guard !run.files.isEmpty else { return }
    if let first = run.files.first { unread.append(first.entry) }
    threads.read(run)
    run = FileRun(directory: [])
  }

  private mutating func takeBack() throws(ContextError) {
    for run in threads.takeRead() {
      if let place = unread.firstIndex(where: { $0 == run.files.first?.entry }) { unread.remove(at: place) }
      try entries.fill(from: run)
      index?.runWasRead(run)
      for (index, place) in run.held {
        held.append(HeldFile(entry: run.files[index].entry, status: run.files[index].status, place: place))
      }
    }
  }

  private mutating func readAll(interrupted: () -> Bool) throws(ContextError) {
    endRun()
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
