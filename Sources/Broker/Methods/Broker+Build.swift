internal import BuildScheduling
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// `build`: admits the build and answers at once, or with `wait` when it has ended.
  func build(_ params: BuildParams, _ call: Call) throws(RPCError) -> Answer<BuildMethod.Result> {
    let session = call.session
    guard !params.events || session.subscriptionCount < settings.limits.subscriptions else {
      throw tooManySubscriptions()
    }
    if let known = try repeated(params, session) { return follow(known, params, call) }
    let input = try input(params.context, of: call)
    let id = BuildID(RandomID.make())
    let actions: [BuildTable.Action]
    do throws(BuildTable.Refusal) {
      actions = try table.requested(id, by: session.peer.uid)
    } catch { throw RPCError(error) }
    lastBuild += 1
    let build = BuildRecord(
      id: id, number: lastBuild, ownerUID: session.peer.uid, params: params, input: input,
      network: params.network ?? settings.defaultNetwork, createdAtMs: wallClockMs())
    builds[id.text] = build
    if case .upload(let upload) = params.context { uploadTable.buildAccepted(of: UploadID(upload)) }
    if let token = params.clientToken {
      clientTokens.remember(token, of: session.peer.uid, for: id, at: .now)
    }
    journal.write(.info, "build accepted", ["build": id.text, "uid": String(session.peer.uid)])
    if params.onDisconnect == .cancel { attach(build, to: session) }
    limitTime(of: build)
    tell(of: .build(id))
    // After the build has its followers, whom the actions may have something to tell.
    defer { perform(actions) }
    return follow(build, params, call)
  }

  /// The build that this request asked for before, if its token says so.
  private func repeated(_ params: BuildParams, _ session: Session) throws(RPCError) -> BuildRecord? {
    guard let token = params.clientToken,
      let id = clientTokens.build(token, of: session.peer.uid, at: .now), let build = builds[id.text]
    else { return nil }
    guard params.asksForSame(as: build.params) else {
      throw RPCError(
        .clientTokenReused, "This clientToken stands for a build with other params.",
        hint: "Use a token of its own for each build.", buildID: id.text)
    }
    guard !build.state.isFinal else { return build }
    // What becomes of it is this connection's matter now: the one before is gone, as a rule.
    build.params.onDisconnect = params.onDisconnect
    build.params.graceMs = params.graceMs
    attach(build, to: params.onDisconnect == .cancel ? session : nil)
    changed(build)
    return build
  }

  /// Answers as the request wants it, now or when the build has ended.
  private func follow(_ build: BuildRecord, _ params: BuildParams, _ call: Call) -> Answer<BuildMethod.Result> {
    let session = call.session
    let subscription = params.events ? follow(build, in: session, wantsProgress: params.progress) : nil
    guard params.wait else {
      return .now(
        .accepted(
          BuildMethod.Accepted(
            buildID: build.id.text, state: build.state, executionID: build.execution?.id.text,
            joined: build.execution.map { _ in build.joined }, subscriptionID: subscription?.id)))
    }
    if let subscription {
      let accepted = BuildAccepted(requestID: call.id, buildID: build.id.text, subscriptionID: subscription.id)
      session.send(accepted.message)
    } else if build.state.isFinal {
      return .now(.ended(describe(build)))
    }
    session.pending[call.id] = .build(build, subscription: subscription?.id)
    build.waiters.append(BuildRecord.Waiter(session: session.id, request: call.id))
    return .later
  }

  /// Ends what the same user wanted before under the same word.
  func supersede(by build: BuildRecord) {
    guard let word = build.params.supersedes else { return }
    let older = builds.values.filter {
      $0.number < build.number && $0.ownerUID == build.ownerUID && $0.params.supersedes == word && !$0.state.isFinal
    }
    for former in older.sorted(by: { $0.number < $1.number }) {
      journal.write(.info, "build superseded", ["build": former.id.text, "by": build.id.text])
      _ = leave(build: former.id.text, by: .superseded, reason: "superseded by \(build.id.text)")
    }
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
