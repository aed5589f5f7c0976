/// Sums up a table on a thread of its own while it is being made.
final class SummaryThread {
  private struct State {
    /// What is known of the table and will stay as it is.
    var table = EntryTable()
    var isComplete = false
    /// Nobody waits for the summary.
    var isGivenUp = false
    var result: Result<ContextSummary.Totals, ContextError>?
  }

  private let state = Monitor(State())
  private let thread: JoinedThread

  /// nil where the system has no thread to give.
  init?() {
    guard let thread = JoinedThread({ [state] in Self.run(state) }) else { return nil }
    self.thread = thread
  }

  deinit {
    state.change { $0.isGivenUp = true }
    thread.join()
  }

  /// - Parameter table: begins as those before did, and its entries are what they will be in the end.
  func take(_ table: EntryTable) { state.change { $0.table = table } }

  /// - Parameter table: all of it.
  func finish(_ table: EntryTable) throws(ContextError) -> ContextSummary.Totals {
    state.change { state in
      state.table = table
      state.isComplete = true
    }
    return try state.wait { $0.result }.get()
  }

  private enum Work {
    /// One chunk more.
    case chunk(of: EntryTable)
    case rest(of: EntryTable)
    case none
  }

  private static func run(_ state: Monitor<State>) {
    let result: Result<ContextSummary.Totals, ContextError>
    do throws(ContextError) {
      guard let totals = try totals(state) else { return }
      result = .success(totals)
    } catch { result = .failure(error) }
    state.change { $0.result = result }
  }

  /// nil once it is given up.
  private static func totals(_ state: Monitor<State>) throws(ContextError) -> ContextSummary.Totals? {
    var summary = try ContextSummary()
    var done = 0
    while true {
      let work = state.wait { state -> Work? in
        if state.isGivenUp { return Work.none }
        if state.isComplete { return .rest(of: state.table) }
        return state.table.chunks.count > done ? .chunk(of: state.table) : nil
      }
      switch work {
      case .chunk(let table):
        done += 1
        summary.take(table, chunksBefore: done)
      case .rest(let table): return try summary.finish(table)
      case .none: return nil
      }
    }
  }
}
