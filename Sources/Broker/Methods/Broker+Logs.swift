internal import BuildLog
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// A `logs.read` that waits for an event to come.
struct LogsReadWait {
  /// With `from` behind everything that was looked at.
  let params: LogsRead.Params
  let timer: TimerID
}

extension Broker {
  func tooManySubscriptions() -> RPCError {
    let limit = settings.limits.subscriptions
    return RPCError(
      .tooManySubscriptions, "This connection has \(limit) subscriptions, which is all it may have.",
      hint: "Call logs.unsubscribe, or open another connection.", detail: ["limit": .integer(Int64(limit))])
  }

  /// `logs.subscribe`: the answer first, then events, then one `logs.end`.
  func subscribe(_ params: LogsSubscribe.Params, _ session: Session) throws(RPCError) -> LogsSubscribe.Result {
    let build = try find(params.buildID, for: session)
    guard session.subscriptionCount < settings.limits.subscriptions else { throw tooManySubscriptions() }
    let last = build.execution?.log.lastSeq ?? 0
    let from = try start(params, in: build.execution?.log, last: last)
    let subscription = follow(
      build, in: session, from: from, form: LogForm(ansi: params.ansi, kinds: params.kinds),
      lastWanted: params.follow ? nil : last, wantsProgress: params.progress)
    return LogsSubscribe.Result(
      subscriptionID: subscription.id, nextSeq: Int(from),
      earliestSeq: Int(build.execution?.log.earliestSeq ?? 1), lastSeq: Int(last), state: build.state)
  }

  private func start(
    _ params: LogsSubscribe.Params, in log: BuildLog?, last: Int64
  ) throws(RPCError) -> Int64 {
    guard let tail = params.tail else {
      let from = params.from ?? 1
      try check(from: from, last: last)
      return Int64(from)
    }
    guard let log else { return 1 }
    do throws(BuildLogError) {
      // What came since `last` was read is sent as what is to come.
      return min(last + 1, try log.start(ofLastMarked: Int64(tail)) { EventRecord.kind(of: $0) == .log })
    } catch { throw RPCError(error) }
  }

  private func check(from: Int, last: Int64) throws(RPCError) {
    guard Int64(from) <= last + 1 else {
      throw RPCError(ShapeError(path: "/from", expected: "integer from 1 to \(last + 1), which is the next event"))
    }
  }

  /// `logs.unsubscribe`: nothing of that id follows the answer, which has to be behind the log data for that.
  func unsubscribe(_ params: LogsUnsubscribe.Params, _ call: Call) throws(RPCError) -> Answer<LogsUnsubscribe.Result> {
    let session = call.session
    guard let subscription = session.subscriptions[params.subscriptionID] else {
      throw RPCError(.subscriptionNotFound, "This connection has no subscription \(params.subscriptionID.prefix(64)).")
    }
    end(subscription, .unsubscribed, in: session)
    let result = LogsUnsubscribe.Result(nextSeq: Int(subscription.cursor))
    if call.isInBatch {
      session.isBatchBehindData = true
      return .now(result)
    }
    session.send(RPCEncoder.result(result.json, id: call.id), .data)
    return .later
  }

  /// `logs.read`: a page of the log, after waiting for an event where there is none yet.
  func readLog(_ params: LogsRead.Params, _ call: Call) throws(RPCError) -> Answer<LogsRead.Result> {
    let build = try find(params.buildID, for: call.session)
    try check(from: params.from, last: build.execution?.log.lastSeq ?? 0)
    let (result, isAll) = try page(of: build, params)
    if !isAll || !result.events.isEmpty || result.end || params.waitMs == 0 { return .now(result) }
    var params = params
    params.from = result.nextSeq
    let session = call.session.id
    let request = call.id
    let timer = loop.schedule(after: .milliseconds(params.waitMs)) { [self] in
      assumeIsolated { $0.answerLogsRead(request, session, isTimeOver: true) }
    }
    call.session.pending[request] = .logsRead(build, LogsReadWait(params: params, timer: timer))
    build.waiters.append(BuildRecord.Waiter(session: session, request: request))
    return .later
  }

  /// Answers a waiting `logs.read` if there is something to answer with.
  func answerLogsRead(_ request: RPCID, _ id: SessionID, isTimeOver: Bool) {
    guard let session = sessions[id], case .logsRead(let build, let wait)? = session.pending[request] else { return }
    do throws(RPCError) {
      let (result, isAll) = try page(of: build, wait.params)
      guard isTimeOver || !isAll || !result.events.isEmpty || result.end else {
        var params = wait.params
        params.from = result.nextSeq
        session.pending[request] = .logsRead(build, LogsReadWait(params: params, timer: wait.timer))
        return
      }
      session.send(RPCEncoder.result(result.json, id: request))
    } catch { send(error, to: request, of: session) }
    session.pending[request] = nil
    forget(.logsRead(build, wait), request, of: session)
    serveSoon(session)
  }

  /// Pages without a wanted event that are passed over for one answer.
  private static let pagesPassedOver = 16

  /// The next page with something in it, and whether the log has nothing behind it.
  private func page(
    of build: BuildRecord, _ params: LogsRead.Params
  ) throws(RPCError) -> (LogsRead.Result, isAll: Bool) {
    var result = LogsRead.Result(events: [], nextSeq: params.from, end: build.state.isFinal, state: build.state)
    guard let log = build.execution?.log else { return (result, true) }
    let form = LogForm(ansi: params.ansi, kinds: params.kinds)
    var isAll = false
    for _ in 0...Self.pagesPassedOver {
      let page = try readPage(log, from: Int64(result.nextSeq), maxBytes: params.maxBytes)
      if let gap = page.gap { result.events.append(LogEvent(gap)) }
      for record in page.records {
        if let record = form.apply(to: record) { result.events.append(try EventRecord.decode(record)) }
      }
      result.nextSeq = Int(page.nextSeq)
      isAll = page.nextSeq > log.lastSeq
      if isAll || !result.events.isEmpty { break }
    }
    result.end = isAll && build.state.isFinal
    return (result, isAll)
  }
}
