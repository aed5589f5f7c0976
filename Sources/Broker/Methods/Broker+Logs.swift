internal import BuildLog
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// A `logs.read` that waits for an event to come.
struct LogsReadWait {
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
    try check(from: params.from, last: last)
    let subscription = follow(
      build, in: session, from: Int64(params.from), stripsANSI: params.ansi == .strip,
      lastWanted: params.follow ? nil : last, wantsProgress: params.progress)
    return LogsSubscribe.Result(
      subscriptionID: subscription.id, nextSeq: params.from,
      earliestSeq: Int(build.execution?.log.earliestSeq ?? 1), lastSeq: Int(last), state: build.state)
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
    if call.isInBatch { return .now(result) }
    session.send(RPCEncoder.result(result.json, id: call.id), .data)
    return .later
  }

  /// `logs.read`: a page of the log, after waiting for an event where there is none yet.
  func readLog(_ params: LogsRead.Params, _ call: Call) throws(RPCError) -> Answer<LogsRead.Result> {
    let build = try find(params.buildID, for: call.session)
    try check(from: params.from, last: build.execution?.log.lastSeq ?? 0)
    let result = try page(of: build, params)
    if !result.events.isEmpty || result.end || params.waitMs == 0 { return .now(result) }
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
      let result = try page(of: build, wait.params)
      guard isTimeOver || !result.events.isEmpty || result.end else { return }
      session.send(RPCEncoder.result(result.json, id: request))
    } catch { send(error, to: request, of: session) }
    session.pending[request] = nil
    forget(.logsRead(build, wait), request, of: session)
    serveSoon(session)
  }

  private func page(of build: BuildRecord, _ params: LogsRead.Params) throws(RPCError) -> LogsRead.Result {
    guard let log = build.execution?.log else {
      return LogsRead.Result(events: [], nextSeq: params.from, end: build.state.isFinal, state: build.state)
    }
    let page = try readPage(log, from: Int64(params.from), maxBytes: params.maxBytes)
    var events: [LogEvent] = []
    if let gap = page.gap { events.append(LogEvent(gap)) }
    for record in page.records { events.append(try EventRecord.decode(record, stripsANSI: params.ansi == .strip)) }
    let isAll = page.nextSeq > log.lastSeq
    return LogsRead.Result(
      events: events, nextSeq: Int(page.nextSeq), end: isAll && build.state.isFinal, state: build.state)
  }
}
