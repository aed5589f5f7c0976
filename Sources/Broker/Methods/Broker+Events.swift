internal import BuildScheduling
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// Bytes of the builds in a snapshot: an answer has to stay below the limit for messages.
  private static let snapshotBytes = 3 << 20

  /// `events.subscribe`: the snapshot is taken and the subscription made at once, so that no change is between them.
  func subscribe(_ params: EventsSubscribe.Params, _ session: Session) throws(RPCError) -> EventsSubscribe.Result {
    guard session.subscriptionCount < settings.limits.subscriptions else { throw tooManySubscriptions() }
    let subscription = EventSubscription(
      id: RandomID.make(), topics: Set(params.topics), scope: params.scope)
    session.eventSubscriptions[subscription.id] = subscription
    eventSessions.insert(session.id)
    let (builds, truncated) = unfinishedBuilds(for: session, params.scope)
    return EventsSubscribe.Result(
      subscriptionID: subscription.id,
      snapshot: EventsSubscribe.Snapshot(
        builds: builds, truncated: truncated, engine: engine.state, broker: brokerState))
  }

  /// `events.unsubscribe`: nothing of that id follows the answer, which has to be behind what was told for that.
  func unsubscribe(
    _ params: EventsUnsubscribe.Params, _ call: Call
  ) throws(RPCError) -> Answer<EventsUnsubscribe.Result> {
    let session = call.session
    guard session.eventSubscriptions.removeValue(forKey: params.subscriptionID) != nil else {
      throw RPCError(.subscriptionNotFound, "This connection has no subscription \(params.subscriptionID.prefix(64)).")
    }
    if session.eventSubscriptions.isEmpty { eventSessions.remove(session.id) }
    if call.isInBatch {
      session.isBatchBehindData = true
      return .now(EmptyResult())
    }
    session.send(RPCEncoder.result(EmptyResult().json, id: call.id), .data)
    return .later
  }

  private var brokerState: BrokerState {
    BrokerState(
      state: isDraining ? .draining : .serving, version: ProductVersion.text, instanceID: instanceID,
      binaryReplaced: executable.wasReplaced)
  }

  private func unfinishedBuilds(for session: Session, _ scope: BuildList.Scope) -> ([Build], truncated: Bool) {
    let found = builds.values.filter { !$0.state.isFinal && concerns($0, session, scope) }
    var shown: [Build] = []
    var bytes = 0
    for build in found.sorted(by: { $0.number < $1.number }) {
      let description = describe(build)
      bytes += JSONWriter.bytes(of: description.json).count
      guard bytes <= Self.snapshotBytes else { return (shown, true) }
      shown.append(description)
    }
    return (shown, false)
  }

  /// Whether the build is among those that the scope names for this peer.
  func concerns(_ build: BuildRecord, _ session: Session, _ scope: BuildList.Scope) -> Bool {
    isVisible(build, to: session) && (scope == .all || build.ownerUID == session.peer.uid)
  }

  // MARK: Changes

  /// Something is another than it was: tells whoever follows it, in a moment and once for all that changes till then.
  func tell(of change: EventSubscription.Owed) {
    for id in eventSessions {
      guard let session = sessions[id] else { continue }
      for subscription in session.eventSubscriptions.values where subscription.changed(change) { serveSoon(session) }
    }
  }

  /// Puts what is owed to the session's event subscriptions into its output, as far as there is room. False where there
  /// was nothing.
  func fetchEvents(_ session: Session) -> Bool {
    var hasAny = false
    for subscription in session.eventSubscriptions.values {
      while output.page(behind: session.output.dataBytes, of: session.peer.uid) != nil,
        let owed = subscription.next()
      {
        guard let value = value(of: owed, subscription.scope, session) else { continue }
        session.send(EventsEvent(subscriptionID: subscription.id, value: value).message, .data)
        hasAny = true
      }
    }
    return hasAny
  }

  /// nil for a build that is not remembered any more, or does not concern this peer.
  private func value(
    of owed: EventSubscription.Owed, _ scope: BuildList.Scope, _ session: Session
  ) -> EventsEvent.Value? {
    switch owed {
    case .engine: return .engine(engine.state)
    case .broker: return .broker(brokerState)
    case .build(let id):
      guard let build = builds[id.text], concerns(build, session, scope) else { return nil }
      return .build(describe(build))
    }
  }
}
