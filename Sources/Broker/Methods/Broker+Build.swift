internal import BuildScheduling
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// `build`: admits the build and answers at once, or with `wait` when it has ended.
  func build(_ params: BuildParams, _ call: Call) throws(RPCError) -> Answer<BuildMethod.Result> {
    let session = call.session
    guard !params.events || session.subscriptions.count < settings.limits.subscriptions else {
      throw tooManySubscriptions()
    }
    let input = try input(params.context, of: call)
    let id = BuildID(RandomID.make())
    let actions: [BuildTable.Action]
    do throws(BuildTable.Refusal) {
      actions = try table.requested(id, by: session.peer.uid)
    } catch { throw RPCError(error) }
    let build = BuildRecord(
      id: id, ownerUID: session.peer.uid, params: params, input: input,
      network: params.network ?? settings.defaultNetwork, createdAtMs: wallClockMs())
    builds[id.text] = build
    journal.write(.info, "build accepted", ["build": id.text, "uid": String(session.peer.uid)])
    if params.onDisconnect == .cancel {
      build.attachedTo = session.id
      session.attached.insert(id.text)
    }
    let subscription = params.events ? follow(build, in: session, wantsProgress: params.progress) : nil
    limitTime(of: build)
    defer { perform(actions) }
    guard params.wait else {
      return .now(
        .accepted(BuildMethod.Accepted(buildID: id.text, state: build.state, subscriptionID: subscription?.id)))
    }
    if let subscription {
      let accepted = BuildAccepted(requestID: call.id, buildID: id.text, subscriptionID: subscription.id)
      session.send(accepted.message)
    }
    session.pending[call.id] = .build(build, subscription: subscription?.id)
    build.waiters.append(BuildRecord.Waiter(session: session.id, request: call.id))
    return .later
  }
}

extension Broker {
  /// The time counts from acceptance, so that it includes the queue.
  private func limitTime(of build: BuildRecord) {
    guard let limit = build.params.timeoutMs else { return }
    let id = build.id.text
    build.timeLimit = loop.schedule(after: .milliseconds(limit)) { [self] in
      assumeIsolated { _ = $0.leave(build: id, by: .timeout, reason: nil) }
    }
  }
}

extension RPCError {
  init(_ refusal: BuildTable.Refusal) {
    switch refusal {
    case .draining:
      self.init(
        .shuttingDown, "The broker is shutting down and takes no new builds.", hint: "Try again in a moment.",
        retryAfterMs: 2000)
    case .queueFull(let queued, let limit):
      self.init(
        .queueFull, "\(queued) of your builds wait for their turn, and no more may.",
        hint: "Wait for some to end, or cancel some.",
        detail: ["queued": .integer(Int64(queued)), "limit": .integer(Int64(limit))], retryAfterMs: 2000)
    }
  }
}
