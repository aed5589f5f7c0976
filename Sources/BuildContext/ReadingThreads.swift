internal import CLinux

/// Reads runs of files on the calling thread and, where there is much to read, on a few more, which end with this value.
///
/// A new thread has the credentials of the one that makes it, so that files are read with the same rights.
struct ReadingThreads: ~Copyable {
  /// With the calling one.
  private static let most = 4
  /// What has to wait for a thread to be worth starting.
  private static let manyFiles = 64
  private static let manyBytes: Int64 = 1 << 20
  /// Of waiting files; then the calling thread reads what it finds itself.
  private static let bound = 512

  private let queue = RunQueue()
  private let root: OwnedDescriptor
  private let sizeLimit: Int64
  private let room: ContentRoom?
  private var own: FileRunReader
  private var threads: [JoinedThread] = []
  private let threadLimit: Int

  /// - Parameters:
  ///   - root: of the context.
  ///   - sizeLimit: of a file that has become another since the walk.
  ///   - room: for contents that are worth it.
  ///   - threadCount: at most, the calling one with them; nil for as many as there are processors, up to 4.
  init(
    root: consuming OwnedDescriptor, sizeLimit: Int64, room: ContentRoom? = nil, threadCount: Int? = nil
  ) throws(ContextError) {
    own = try FileRunReader(root: root.raw, sizeLimit: sizeLimit, room: room)
    self.root = root
    self.sizeLimit = sizeLimit
    self.room = room
    threadLimit = (threadCount ?? min(Int(cl_usable_processors()), Self.most)) - 1
  }

  deinit {
    queue.close()
    // They use the root.
    for thread in threads { thread.join() }
  }

  /// Hands in a run, and starts a thread for it if that is worth while.
  mutating func read(_ run: consuming FileRun) {
    let waiting = queue.append(run)
    if threads.count < threadLimit, waiting.files >= Self.manyFiles || waiting.bytes >= Self.manyBytes { start() }
  }

  /// Whether there may be others than the calling thread.
  var mayBeSeveral: Bool { threadLimit > 0 }

  /// Whether the other threads have enough to do; there may be none at all.
  var areBusy: Bool { threadLimit == 0 || queue.waitingFiles >= Self.bound }

  /// As `FileRunReader.readEarly`, on the calling thread.
  mutating func readEarly(_ descriptor: Int32) -> EarlyReading? { own.readEarly(descriptor) }

  /// Reads a file on the calling thread, as `FileRunReader.read`.
  /// - Parameter early: what was read of it before it was found.
  mutating func readNow(
    _ descriptor: Int32, early: EarlyReading?, found: FileStatus, isRested: Bool, interrupted: () -> Bool
  ) throws(FileReader.Failure) -> FileReading {
    if isRested, let early, let reading = try own.finish(early, found) { return reading }
    return try own.read(descriptor, found: found, isRested: isRested, interrupted: interrupted)
  }

  /// Reads a run on the calling thread. False if none waits.
  mutating func readOne(interrupted: () -> Bool) -> Bool {
    guard var run = queue.takeWaiting() else { return false }
    own.read(&run, interrupted: interrupted)
    queue.finished(run)
    return true
  }

  /// Runs that were read since the last call.
  func takeRead() -> [FileRun] { queue.takeRead() }

  /// Waits a moment for the other threads. False if they read nothing.
  func waitForOthers() -> Bool { queue.waitForOthers() }

  /// The error of the first file that has one, of those that were read so far.
  var failure: ContextError? { queue.failure?.error }

  /// Where the system has no thread to give, the calling one reads it all.
  private mutating func start() {
    let thread = JoinedThread { [queue, root = root.raw, sizeLimit, room] in
      // Without a hash, this thread reads nothing; the others do.
      guard var reader = try? FileRunReader(root: root, sizeLimit: sizeLimit, room: room) else { return }
      while var run = queue.waitForWork() {
        reader.read(&run) { queue.isClosed }
        queue.finished(run)
      }
    }
    if let thread { threads.append(thread) }
  }
}
