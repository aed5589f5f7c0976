internal import BuildScheduling
internal import EventLoop
internal import JSONRPC
internal import SwiftDockProtocol

/// Subscriptions: cursors over the logs of executions, moved when there are new events and room in the output.
extension Broker {
  func follow(
    _ build: BuildRecord, in session: Session, from: Int64 = 1, form: LogForm = LogForm(), lastWanted: Int64? = nil,
    wantsProgress: Bool = false
  ) -> Subscription {
    let subscription = Subscription(
      id: RandomID.make(), build: build, from: from, form: form, lastWanted: lastWanted,
      wantsProgress: wantsProgress)
    session.subscriptions[subscription.id] = subscription
    build.subscriptions[subscription.id] = session.id
    serveSoon(session)
    return subscription
  }

  /// The build's own state is another: tells those who follow it.
  func changed(_ build: BuildRecord) {
    tell(of: .build(build.id))
    for (id, sessionID) in build.subscriptions {
      guard let session = sessions[sessionID], let subscription = session.subscriptions[id] else { continue }
      subscription.owesState = true
      serveSoon(session)
    }
  }

  /// What `fetchLogData` did.
  enum Fetched {
    /// Nothing: there is none, or no room.
    case nothing
    /// Nothing was put into the output, but the cursors have moved.
    case passedOver
    case data
  }

  /// Puts the next log data of the session's subscriptions into its output, each in turn.
  func fetchLogData(_ session: Session) -> Fetched {
    var fetched = fetchEvents(session) ? Fetched.data : .nothing
    for subscription in session.subscriptionsInTurn() {
      let room = output.page(behind: session.output.dataBytes, of: session.peer.uid)
      guard let room else { return fetched }
      switch fetch(subscription, session, atMost: room) {
      case .nothing: break
      case .passedOver: if fetched == .nothing { fetched = .passedOver }
      case .data: fetched = .data
      }
    }
    return fetched
  }

  private func fetch(_ subscription: Subscription, _ session: Session, atMost bytes: Int) -> Fetched {
    let build = subscription.build
    if subscription.owesState {
      subscription.owesState = false
      session.send(BuildStateChanged(subscriptionID: subscription.id, build: describe(build)).message, .data)
      return .data
    }
    if build.hasLeft {
      end(subscription, .left, in: session)
      return .data
    }
    if let execution = build.execution, let page = nextPage(of: execution, for: subscription, atMost: bytes) {
      subscription.cursor = page.nextSeq
      guard !page.events.isEmpty else { return .passedOver }
      session.send(subscription.message(page), .data)
      return .data
    }
    if let message = progressMessage(subscription, session) {
      session.send(message, .data)
      return .data
    }
    let isOver = subscription.lastWanted.map { subscription.cursor > $0 } ?? build.state.isFinal
    // Who wants progress sees that of a push of the finished build, too.
    guard isOver, build.pushes == 0 || subscription.progress?.waitsForPushes != true else { return .nothing }
    end(subscription, .finished, in: session)
    return .data
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
      case .logsRead, .push, .upload, .digest, .comparison: continue
      }
      session.pending[waiter.request] = nil
      forget(pending, waiter.request, of: session)
      session.send(answer, .data)
      serveSoon(session)
    }
  }
}
