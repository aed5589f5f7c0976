internal import EventLoop

/// The queue of sessions that have something to be sent: each in turn, and between them whoever else has something to
/// say.
extension Broker {
  /// What is served before the loop looks at descriptors again: sessions that follow logs, which may have much to be
  /// sent, count for four of the others.
  private static let servedAtOnce = 64
  private static let weightOfFollowers = 4

  /// Serves the session after the message that is being handled has been answered.
  func serveSoon(_ session: Session) {
    guard !session.isDue else { return }
    session.isDue = true
    dueSessions.append(session)
    if !isToServe { postServing() }
  }

  /// Serves those that became due in `body` at once behind it, unless others wait for their turn already.
  func servingDue(_ body: () -> Void) {
    guard !isToServe else { return body() }
    isToServe = true
    body()
    serveDue()
  }

  private func postServing() {
    isToServe = true
    onLoop { $0.serveDue() }
  }

  private func serveDue() {
    var room = Self.servedAtOnce
    // Those that become due meanwhile have their turn behind them.
    let due = dueSessions.count
    var served = 0
    while room > 0, served < due {
      let session = dueSessions[served]
      served += 1
      session.isDue = false
      guard !session.isClosed else { continue }
      room -= session.subscriptionCount == 0 ? 1 : Self.weightOfFollowers
      settle(session)
    }
    dueSessions.removeFirst(served)
    if dueSessions.isEmpty { isToServe = false } else { postServing() }
  }
}
