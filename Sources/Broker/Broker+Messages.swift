internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// Messages in, answers out.
extension Broker {
  func received(_ message: consuming RPCMessage, with descriptors: MessageDescriptors, from session: Session) {
    if let refusal = session.refusal {
      refuse(message, with: refusal, session)
      return beginClosing(session)
    }
    switch consume message {
    case .invalid(let error, let id):
      send(error, to: id, of: session)
      if error.isKind(.parseError) { return countParseError(session) }
    case .request(let id, let method, let params):
      request(Call(session: session, id: id, isInBatch: false, descriptors: descriptors), method, params)
    case .notification(let method, let params): notified(method, params, from: session)
    case .batch(let messages): batch(messages, with: descriptors, from: session)
    case .ignored: ignoredNotifications += 1
    }
    session.parseErrorsInARow = 0
  }

  private func refuse(_ message: RPCMessage, with error: RPCError, _ session: Session) {
    switch message {
    case .request(let id, _, _): send(error, to: id, of: session)
    case .invalid(_, let id): send(error, to: id, of: session)
    case .notification, .batch, .ignored: send(error, to: nil, of: session)
    }
  }

  private func request(_ call: Call, _ method: String, _ params: JSONObject) {
    do throws(RPCError) {
      guard case .now(let result) = try answer(call, method, params) else { return }
      let isWritten = call.session.answer(limit: settings.limits.answerBytes) { writer in
        RPCEncoder.result(id: call.id, into: &writer, result: result)
      }
      guard isWritten else { throw answerTooLarge() }
    } catch { send(error, to: call.id, of: call.session) }
  }

  private func answer(_ call: Call, _ method: String, _ params: JSONObject) throws(RPCError) -> WrittenAnswer {
    guard call.session.pending[call.id] == nil else {
      throw RPCError(.duplicateRequestID, "A request with this id is not answered yet.")
    }
    let limit = settings.limits.inFlight
    guard call.session.pending.count < limit else {
      throw RPCError(
        .tooManyRequests, "\(limit) requests of this connection are not answered yet.",
        detail: ["limit": .integer(Int64(limit))])
    }
    guard let entry = MethodTable.entry(method) else { throw MethodTable.unknown(method) }
    return try entry.handle(self, call, params)
  }

  /// Messages without id: the few that mean something, and the rest, which cannot be answered.
  private func notified(_ method: String, _ params: JSONObject, from session: Session) {
    if method == SessionNotification.exit { return beginClosing(session) }
    if method == SessionNotification.initialized { return }
    if method == CancelRequest.name, let cancel = try? CancelRequest(received: params) {
      return cancelRequest(cancel.id, of: session)
    }
    if let entry = MethodTable.entry(method), entry.hasNotificationForm {
      // A notification's error has nobody to be told to.
      let id = RPCID(.string("notification-\(RandomID.make())"))
      if let id {
        let call = Call(session: session, id: id, isInBatch: true, descriptors: MessageDescriptors())
        _ = try? entry.handle(self, call, params)
      }
      return
    }
    ignoredNotifications += 1
  }

  private func batch(_ messages: [RPCMessage], with descriptors: MessageDescriptors, from session: Session) {
    session.isBatchBehindData = false
    var answers = BatchAnswers(messages: messages.count, limit: settings.limits.answerBytes)
    for message in messages {
      if answers.isFull, case .request(let id, _, _) = message {
        let refusal = refusalForSize(id)
        answers.append(refusal) { refusal }
        continue
      }
      let (answer, id) = member(message, with: descriptors, from: session)
      answers.append(answer) { refusalForSize(id) }
    }
    if let answer = RPCEncoder.batch(answers.answers) {
      session.send(answer, session.isBatchBehindData ? .data : .control)
    }
  }

  private func refusalForSize(_ id: RPCID?) -> [UInt8] { RPCEncoder.error(traced(answerTooLarge()), id: id) }

  /// The answer to a message of a batch, nil where there is none.
  private func member(
    _ message: RPCMessage, with descriptors: MessageDescriptors, from session: Session
  ) -> ([UInt8]?, RPCID?) {
    switch message {
    case .request(let id, let method, let params):
      do throws(RPCError) {
        let call = Call(session: session, id: id, isInBatch: true, descriptors: descriptors)
        guard case .now(let result) = try answer(call, method, params) else { return (nil, id) }
        return (RPCEncoder.result(id: id, result: result), id)
      } catch { return (RPCEncoder.error(traced(error), id: id), id) }
    case .notification(let method, let params): notified(method, params, from: session)
    case .invalid(let error, let id): return (RPCEncoder.error(traced(error), id: id), id)
    case .ignored, .batch: ignoredNotifications += 1
    }
    return (nil, nil)
  }

  // MARK: Answers

  func send(_ error: RPCError, to id: RPCID?, of session: Session, _ lane: SessionOutput.Lane = .control) {
    session.send(RPCEncoder.error(traced(error), id: id), lane)
  }

  /// Instead of a result that no client has to be ready to read. The connection goes on.
  private func answerTooLarge() -> RPCError {
    let limit = settings.limits.answerBytes
    return RPCError(
      .messageTooLarge, "The answer would have more than \(limit) bytes.", hint: "Ask for less at once.",
      detail: ["limitBytes": .integer(Int64(limit))])
  }

  /// Texts of errors may be others' (the Engine's, a file's): bytes of the message, and of each of the causes.
  private static let messageLimit = 32 << 10
  private static let causeLimit = 4_096
  private static let causes = 16

  /// The error with a name under which the broker's log has it, and no longer than is good for anybody.
  func traced(_ error: RPCError) -> RPCError {
    guard error.traceID.isEmpty else { return error }
    var error = error
    error.message = error.message.clipped(to: Self.messageLimit)
    error.causes = error.causes.prefix(Self.causes).map {
      RPCError.Cause(name: $0.name, message: $0.message.clipped(to: Self.causeLimit))
    }
    error.traceID = RandomID.short()
    let level: Journal.Level = error.isKind(.internalError) ? .fault : .info
    journal.write(level, "error", ["name": error.name, "trace": error.traceID, "message": error.message])
    return error
  }

  // MARK: Requests that wait

  /// `$/cancelRequest`: the waiting ends, and for a `build` the build is cancelled too. Late and unknown ids are
  /// ignored.
  private func cancelRequest(_ id: RPCID, of session: Session) {
    guard let pending = session.pending.removeValue(forKey: id) else { return }
    forget(pending, id, of: session)
    if case .build(let build, _) = pending { _ = leave(build: build.id.text, by: .owner, reason: "$/cancelRequest") }
    send(RPCError(.requestCancelled, "The request was cancelled."), to: id, of: session)
  }

  /// The broker ends: pushes are not waited for any more, nor answered by the end of a build.
  func refuseWaiting(_ session: Session) {
    for (request, pending) in session.pending {
      switch pending {
      case .push, .upload, .digest, .comparison: break
      case .build, .buildWait, .logsRead: continue
      }
      session.pending[request] = nil
      forget(pending, request, of: session)
      send(RPCError(.shuttingDown, "The broker shuts down."), to: request, of: session)
      serveSoon(session)
    }
  }

  /// Undoes what a pending request set up outside of the session.
  func forget(_ pending: Session.PendingRequest, _ id: RPCID, of session: Session) {
    switch pending {
    case .build(let build, _):
      build.waiters.removeAll { $0.session == session.id && $0.request == id }
    case .buildWait(let build, let timer):
      build.waiters.removeAll { $0.session == session.id && $0.request == id }
      if let timer { loop.cancel(timer) }
    case .upload: break
    case .digest(let interrupt), .comparison(let interrupt): interrupt.fire()
    case .push(let build, let push, let interrupt): leavePush(push, of: build, interrupt)
    case .logsRead(let build, let wait):
      loop.cancel(wait.timer)
      build.waiters.removeAll { $0.session == session.id && $0.request == id }
    }
  }
}
