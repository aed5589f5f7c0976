internal import BuildLog
internal import BuildScheduling
internal import EventLoop
internal import JSONRPC
internal import SwiftDockProtocol

/// Subscriptions: cursors over the logs of executions, moved when there are new events and room in the output.
extension Broker {
  /// Bytes of events in one `logs.event`.
  private static let pageBytes = 64 << 10

  func follow(
    _ build: BuildRecord, in session: Session, from: Int64 = 1, stripsANSI: Bool = true, lastWanted: Int64? = nil,
    wantsProgress: Bool = false
  ) -> Subscription {
    let subscription = Subscription(
      id: RandomID.make(), build: build, from: from, stripsANSI: stripsANSI, lastWanted: lastWanted,
      wantsProgress: wantsProgress)
    session.subscriptions[subscription.id] = subscription
    build.subscriptions[subscription.id] = session.id
    serveSoon(session)
    return subscription
  }

  /// Serves the session after the message that is being handled has been answered.
  func serveSoon(_ session: Session) {
    let id = session.id
    onLoop { broker in
      if let session = broker.sessions[id] { broker.settle(session) }
    }
  }

  /// The build's own state is another: tells those who follow it.
  func changed(_ build: BuildRecord) {
    for (id, sessionID) in build.subscriptions {
      guard let session = sessions[sessionID], let subscription = session.subscriptions[id] else { continue }
      subscription.owesState = true
      serveSoon(session)
    }
  }

  /// New events are in the execution's log. Readers are served at once when the last time is long enough ago, else in
  /// a moment with what has come by then.
  func logAdvanced(_ execution: ExecutionRecord) {
    guard !execution.isServing else { return }
    let due = execution.lastServed + settings.flushInterval
    let now = ContinuousClock.now
    guard now < due else { return serveReaders(of: execution) }
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
    var served: Set<SessionID> = []
    for build in execution.builds {
      for session in build.subscriptions.values where served.insert(session).inserted {
        if let session = sessions[session] { serveSoon(session) }
      }
      for waiter in build.waiters { answerLogsRead(waiter.request, waiter.session, isTimeOver: false) }
    }
  }

  /// Puts the next log data of the session's subscriptions into its output, each in turn. False where there is none or
  /// no room.
  func fetchLogData(_ session: Session) -> Bool {
    var hasAny = false
    for subscription in Array(session.subscriptions.values) {
      guard session.output.takesData else { return hasAny }
      if fetch(subscription, session) { hasAny = true }
    }
    return hasAny
  }

  private func fetch(_ subscription: Subscription, _ session: Session) -> Bool {
    let build = subscription.build
    if subscription.owesState {
      subscription.owesState = false
      session.send(BuildStateChanged(subscriptionID: subscription.id, build: describe(build)).message, .data)
      return true
    }
    if build.hasLeft {
      end(subscription, .left, in: session)
      return true
    }
    if let log = build.execution?.log, let page = nextPage(subscription, log) {
      session.send(subscription.message(page), .data)
      subscription.cursor = page.nextSeq
      return true
    }
    if let message = progressMessage(subscription, session) {
      session.send(message, .data)
      return true
    }
    let isOver = subscription.lastWanted.map { subscription.cursor > $0 } ?? build.state.isFinal
    // Who wants progress sees that of a push of the finished build, too.
    guard isOver, build.pushes == 0 || subscription.progress?.waitsForPushes != true else { return false }
    end(subscription, .finished, in: session)
    return true
  }

  /// nil where the cursor is at the end.
  private func nextPage(_ subscription: Subscription, _ log: BuildLog) -> LogPage? {
    if let last = subscription.lastWanted, subscription.cursor > last { return nil }
    guard subscription.cursor <= log.lastSeq else { return nil }
    do throws(RPCError) {
      let page = try readPage(
        log, from: subscription.cursor, maxBytes: Self.pageBytes, through: subscription.lastWanted)
      return page.records.isEmpty && page.gap == nil ? nil : page
    } catch {
      _ = traced(error)
      // What cannot be read is a gap: the reader goes on behind it instead of waiting for ever.
      let lost = LogGap(fromSeq: subscription.cursor, toSeq: log.lastSeq, bytes: 0)
      return LogPage(gap: lost, records: [], nextSeq: log.lastSeq + 1)
    }
  }

  /// Events of one `logs.event` or `logs.read`.
  private static let pageRecords = 500

  func readPage(
    _ log: BuildLog, from: Int64, maxBytes: Int, through last: Int64? = nil
  ) throws(RPCError) -> LogPage {
    let count = last.map { min(Int64(Self.pageRecords), $0 - from + 1) } ?? Int64(Self.pageRecords)
    do throws(BuildLogError) {
      return try log.read(from: from, maxBytes: maxBytes, maxRecords: Int(count))
    } catch { throw RPCError(error) }
  }

  /// `logs.end` behind everything that was sent for the subscription. A `build` that waits for its end is answered
  /// after it.
  func end(_ subscription: Subscription, _ reason: LogsEnd.Reason, in session: Session) {
    session.subscriptions[subscription.id] = nil
    subscription.build.subscriptions[subscription.id] = nil
    let message = LogsEnd(
      subscriptionID: subscription.id, buildID: subscription.build.id.text, nextSeq: Int(subscription.cursor),
      reason: reason, state: subscription.build.state)
    session.send(message.message, .data)
    answerWaiters(of: subscription.build)
  }

  func endSubscriptions(of session: Session, _ reason: LogsEnd.Reason) {
    for subscription in Array(session.subscriptions.values) { end(subscription, reason, in: session) }
  }

  /// Answers whoever waits for the end of the build, once it has ended. A request with a subscription of its own is
  /// answered when that has ended too, so that its answer is the last thing said.
  func answerWaiters(of build: BuildRecord) {
    guard build.state.isFinal else { return }
    for waiter in build.waiters {
      guard let session = sessions[waiter.session], let pending = session.pending[waiter.request] else { continue }
      let answer: [UInt8]
      switch pending {
      case .build(_, let subscription?) where session.subscriptions[subscription] != nil: continue
      case .build: answer = RPCEncoder.result(BuildMethod.Result.ended(describe(build)).json, id: waiter.request)
      case .buildWait: answer = RPCEncoder.result(BuildWait.Result(build: describe(build)).json, id: waiter.request)
      case .logsRead, .push, .upload: continue
      }
      session.pending[waiter.request] = nil
      forget(pending, waiter.request, of: session)
      session.send(answer, .data)
      serveSoon(session)
    }
  }
}
