internal import BuildLog
internal import BuildScheduling
internal import EventLoop
internal import JSONRPC
internal import SwiftDockProtocol

/// When the readers of a log get its new events, and the pages in which they do.
extension Broker {
  /// Events of one `logs.event` or `logs.read`.
  private static let pageRecords = 500

  /// New events are in the execution's log. Readers are served at once when the last time is long enough ago or enough
  /// for a page has come, else in a moment with what has come by then.
  func logAdvanced(_ execution: ExecutionRecord) {
    let extent = execution.log.extent
    let isPageFull =
      extent.lastSeq - execution.shown.lastSeq >= Int64(Self.pageRecords)
      || extent.bytes - execution.shown.bytes >= Int64(OutputBudget.pageBytes)
    let due = execution.lastServed + settings.flushInterval
    let now = ContinuousClock.now
    guard !isPageFull, now < due else { return serveReaders(of: execution) }
    guard !execution.isServing else { return }
    execution.isServing = true
    let id = execution.id
    loop.schedule(after: due - now) { [self] in
      assumeIsolated { broker in
        guard let execution = broker.executions[id] else { return }
        execution.isServing = false
        broker.serveReaders(of: execution)
      }
    }
  }

  func serveReaders(of execution: ExecutionRecord) {
    execution.lastServed = .now
    execution.shown = execution.log.extent
    for build in execution.builds {
      for session in build.subscriptions.values {
        if let session = sessions[session] { serveSoon(session) }
      }
      for waiter in build.waiters { answerLogsRead(waiter.request, waiter.session, isTimeOver: false) }
    }
  }

  /// nil where the cursor is at the end of what the subscription may see now.
  func nextPage(of execution: ExecutionRecord, for subscription: Subscription, atMost bytes: Int) -> EncodedPage? {
    let log = execution.log
    let last =
      subscription.lastWanted ?? (subscription.build.state.isFinal ? log.lastSeq : execution.shown.lastSeq)
    guard subscription.cursor <= last else { return nil }
    let key = PageCache.Key(execution: execution.id, form: subscription.form, from: subscription.cursor)
    if let page = pages[key], page.nextSeq <= last + 1, page.events.count <= bytes || bytes >= OutputBudget.pageBytes {
      return page
    }
    do throws(RPCError) {
      let found = try readPage(log, from: subscription.cursor, maxBytes: bytes, through: last)
      guard found.nextSeq > subscription.cursor else { return nil }
      let page = EncodedPage(found, in: subscription.form)
      if bytes >= OutputBudget.pageBytes { pages.insert(page, for: key) }
      return page
    } catch {
      _ = traced(error)
      // What cannot be read is a gap: the reader goes on behind it instead of waiting for ever.
      let lost = LogGap(fromSeq: subscription.cursor, toSeq: log.lastSeq, bytes: 0)
      return EncodedPage(LogPage(gap: lost, records: [], nextSeq: log.lastSeq + 1), in: subscription.form)
    }
  }

  func readPage(
    _ log: BuildLog, from: Int64, maxBytes: Int, through last: Int64? = nil
  ) throws(RPCError) -> LogPage {
    let count = last.map { min(Int64(Self.pageRecords), $0 - from + 1) } ?? Int64(Self.pageRecords)
    do throws(BuildLogError) {
      return try log.read(from: from, maxBytes: maxBytes, maxRecords: Int(count))
    } catch { throw RPCError(error) }
  }
}
