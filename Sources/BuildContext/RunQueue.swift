internal import Glibc

/// Runs of files between the thread that finds them, those that read them, and the first again, which takes them back.
///
/// Once a file could not be read, runs behind it are not given out any more, but those before it are: so the error that
/// is left in the end is the one of the first file that has any.
final class RunQueue: Sendable {
  private struct State {
    /// In the order of the table; those before `next` were taken.
    var waiting: [FileRun?] = []
    var next = 0
    var waitingFiles = 0
    var waitingBytes: Int64 = 0
    /// Runs that are being read.
    var inWork = 0
    var read: [FileRun] = []
    var failure: FileRun.Failure?
    var isClosed = false

    mutating func dropWaiting() {
      waiting = []
      next = 0
      waitingFiles = 0
      waitingBytes = 0
    }
  }

  // SAFETY: used between `pthread_mutex_lock` and `pthread_mutex_unlock` of `mutex` only.
  private nonisolated(unsafe) var state = State()
  // SAFETY: made for use by many threads, and freed when none has this object any more.
  private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private nonisolated(unsafe) let hasWork: UnsafeMutablePointer<pthread_cond_t>
  private nonisolated(unsafe) let hasRead: UnsafeMutablePointer<pthread_cond_t>

  init() {
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    hasWork = .allocate(capacity: 1)
    pthread_cond_init(hasWork, nil)
    hasRead = .allocate(capacity: 1)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(hasRead, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(hasRead)
    pthread_cond_destroy(hasWork)
    pthread_mutex_destroy(mutex)
    hasRead.deallocate()
    hasWork.deallocate()
    mutex.deallocate()
  }

  private func withState<Result>(_ body: (inout State) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&state)
  }

  // MARK: - The thread that finds and takes back

  /// - Returns: how much waits now.
  func append(_ run: FileRun) -> (files: Int, bytes: Int64) {
    withState { state in
      state.waiting.append(run)
      state.waitingFiles += run.files.count
      state.waitingBytes += min(run.bytes, .max - state.waitingBytes)
      pthread_cond_signal(hasWork)
      return (state.waitingFiles, state.waitingBytes)
    }
  }

  /// How many files wait.
  var waitingFiles: Int { withState { $0.waitingFiles } }

  /// A run to read on this thread; nothing if none waits.
  func takeWaiting() -> FileRun? {
    withState { Self.take(from: &$0) }
  }

  /// Runs that were read since the last call.
  func takeRead() -> [FileRun] {
    withState { state in
      var read: [FileRun] = []
      swap(&read, &state.read)
      return read
    }
  }

  /// The error of the first file that has one, of those that were read so far.
  var failure: FileRun.Failure? { withState { $0.failure } }

  /// Waits a moment for a run that another thread reads.
  /// - Returns: false if none is being read.
  func waitForOthers() -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if state.read.isEmpty {
      guard state.inWork > 0 else { return false }
      var end = timespec()
      clock_gettime(CLOCK_MONOTONIC, &end)
      end.tv_nsec += 20_000_000
      if end.tv_nsec >= 1_000_000_000 {
        end.tv_nsec -= 1_000_000_000
        end.tv_sec += 1
      }
      pthread_cond_timedwait(hasRead, mutex, &end)
    }
    return true
  }

  /// Gives out nothing any more. Threads that wait for work end.
  func close() {
    withState { state in
      state.isClosed = true
      state.dropWaiting()
      pthread_cond_broadcast(hasWork)
    }
  }

  // MARK: - Threads that read

  /// Waits for a run; nothing once the queue is closed.
  func waitForWork() -> FileRun? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    // No access to the state may last while it waits, as others use it then.
    while !state.isClosed {
      if let run = Self.take(from: &state) { return run }
      pthread_cond_wait(hasWork, mutex)
    }
    return nil
  }

  var isClosed: Bool { withState { $0.isClosed } }

  /// Takes back a run that was taken.
  func finished(_ run: FileRun) {
    withState { state in
      state.inWork -= 1
      if let failure = run.failure {
        if state.failure.map({ failure.entry < $0.entry }) ?? true { state.failure = failure }
      }
      state.read.append(run)
      pthread_cond_signal(hasRead)
    }
  }

  private static func take(from state: inout State) -> FileRun? {
    guard state.next < state.waiting.count, let run = state.waiting[state.next].take() else { return nil }
    state.next += 1
    if state.next == state.waiting.count {
      state.waiting.removeAll(keepingCapacity: true)
      state.next = 0
    }
    state.waitingFiles -= run.files.count
    state.waitingBytes -= run.bytes
    if let failure = state.failure, let first = run.files.first, failure.entry < first.entry {
      // All that wait stand behind this one.
      state.dropWaiting()
      return nil
    }
    state.inWork += 1
    return run
  }
}
