internal import EventLoop

/// The queue of sessions that have something to be sent: each in turn, and between them whoever else has something to
/// say.
extension Broker {
  /// Sessions served before the loop looks at descriptors again.
  private static let servedAtOnce = 16

  /// Serves the session after the message that is being handled has been answered.
  func serveSoon(_ session: Session) {
    guard !session.isDue else { return }
    session.isDue = true
    dueSessions.append(session.id)
    if dueSessions.count == 1 { onLoop { $0.serveDue() } }
  }

  private func serveDue() {
    let served = dueSessions.prefix(Self.servedAtOnce)
    dueSessions.removeFirst(served.count)
    for id in served {
      guard let session = sessions[id] else { continue }
      session.isDue = false
      settle(session)
    }
    if !dueSessions.isEmpty { onLoop { $0.serveDue() } }
  }
}
