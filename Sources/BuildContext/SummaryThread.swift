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

  private static func run(_ state: Monitor<State>) {
    var done = 0
    let result: Result<ContextSummary.Totals, ContextError>
    do throws(ContextError) {
      var summary = try ContextSummary()
      while true {
        let (table, isComplete) = state.wait { state -> (EntryTable, Bool)? in
          if state.isGivenUp { return (EntryTable(), false) }
          guard state.isComplete || state.table.chunks.count > done else { return nil }
          return (state.table, state.isComplete)
        }
        if isComplete {
          result = .success(try summary.finish(table))
          break
        }
        if table.chunks.isEmpty { return }
        done += 1
        summary.take(table, chunksBefore: done)
      }
    } catch { result = .failure(error) }
    state.change { $0.result = result }
  }
}
