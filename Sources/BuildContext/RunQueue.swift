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

  private let state = Monitor(State())

  // MARK: - The thread that finds and takes back

  /// - Returns: how much waits now.
  func append(_ run: FileRun) -> (files: Int, bytes: Int64) {
    state.change { state in
      state.waiting.append(run)
      state.waitingFiles += run.files.count
      state.waitingBytes += min(run.bytes, .max - state.waitingBytes)
      return (state.waitingFiles, state.waitingBytes)
    }
  }

  /// How many files wait.
  var waitingFiles: Int { state.withState { $0.waitingFiles } }

  /// A run to read on this thread; nothing if none waits.
  func takeWaiting() -> FileRun? {
    state.withState { Self.take(from: &$0) }
  }

  /// Runs that were read since the last call.
  func takeRead() -> [FileRun] {
    state.withState { state in
      var read: [FileRun] = []
      swap(&read, &state.read)
      return read
    }
  }

  /// The error of the first file that has one, of those that were read so far.
  var failure: FileRun.Failure? { state.withState { $0.failure } }

  /// Waits a moment for a run that another thread reads.
  /// - Returns: false if none is being read.
  func waitForOthers() -> Bool {
    state.waitOnce(atMost: 20) { $0.read.isEmpty && $0.inWork > 0 }
    return state.withState { !$0.read.isEmpty || $0.inWork > 0 }
  }

  /// Gives out nothing any more. Threads that wait for work end.
  func close() {
    state.change { state in
      state.isClosed = true
      state.dropWaiting()
    }
  }

  // MARK: - Threads that read

  /// Waits for a run; nothing once the queue is closed.
  func waitForWork() -> FileRun? {
    state.wait { state in
      if state.isClosed { return .some(nil) }
      return Self.take(from: &state).map { .some($0) }
    }
  }

  var isClosed: Bool { state.withState { $0.isClosed } }

  /// Takes back a run that was taken.
  func finished(_ run: FileRun) {
    state.change { state in
      state.inWork -= 1
      if let failure = run.failure {
        if state.failure.map({ failure.entry < $0.entry }) ?? true { state.failure = failure }
      }
      state.read.append(run)
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
