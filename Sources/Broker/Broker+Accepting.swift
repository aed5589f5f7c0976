internal import EventLoop
internal import Glibc
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// Pause after the system had no descriptor left for a connection.
  private static let acceptPause = Duration.milliseconds(200)
  /// Connections taken in one turn, so that those that are there already get theirs.
  private static let acceptedAtOnce = 64
  /// What a client that is refused has to say something that can be answered.
  private static let refusedTime = Duration.seconds(2)

  /// Stands for every user that has no number in the broker's user namespace: user_namespaces(7), overflowuid.
  private static let overflowUID: UInt32 = 65_534

  func listen(on descriptor: Int32) throws(SystemError) {
    try loop.watch(descriptor, for: .readable) { [self] _ in assumeIsolated { $0.accept() } }
  }

  func stopListening() {
    guard let descriptor = socket?.listener.descriptor else { return }
    loop.unwatch(descriptor)
    announcement = nil
    socket = nil
  }

  private func accept() {
    for _ in 0..<Self.acceptedAtOnce {
      do throws(SystemError) {
        guard let connection = try socket?.listener.accept() else { return }
        try open(connection)
      } catch {
        switch error.code {
        case EAGAIN: return
        case ECONNABORTED, EINTR: continue
        default:
          journal.write(.error, "cannot accept", ["error": error.description])
          pauseAccepting()
          return
        }
      }
    }
  }

  private func pauseAccepting() {
    guard let descriptor = socket?.listener.descriptor else { return }
    loop.change(descriptor, to: [])
    loop.schedule(after: Self.acceptPause) { [self] in
      assumeIsolated { broker in
        guard let descriptor = broker.socket?.listener.descriptor else { return }
        broker.loop.change(descriptor, to: .readable)
      }
    }
  }

  private func open(_ connection: consuming UnixSocket) throws(SystemError) {
    let peer = try connection.peer()
    lastSession += 1
    let id = SessionID(number: lastSession)
    let session = Session(id: id, socket: connection, peer: peer, refusal: refusal(of: peer))
    try loop.watch(session.socket.descriptor, for: .input, in: connections)
    session.interest = .input
    sessions[id] = session
    sessionsByDescriptor[session.socket.descriptor] = session
    guard session.refusal != nil else { return }
    loop.schedule(after: Self.refusedTime) { [self] in
      assumeIsolated { broker in
        if let session = broker.sessions[id] { broker.close(session) }
      }
    }
  }

  /// Why this peer is not served: only the broker's own user and root are, and no more connections than there is room
  /// for.
  private func refusal(of peer: PeerIdentity) -> RPCError? {
    if peer.uid == Self.overflowUID {
      return RPCError(
        .permissionDenied, "You are a user without a number here, from a user namespace that does not map you.",
        hint: "Connect from outside of the container, or map your user.")
    }
    if peer.uid != geteuid(), peer.uid != 0 {
      return RPCError(
        .permissionDenied, "This broker serves user \(geteuid()) only; you are user \(peer.uid).",
        hint: "Start a broker of your own: swiftdockd")
    }
    if sessions.count >= settings.limits.connections {
      return RPCError(
        .tooManyRequests, "The broker has \(sessions.count) connections, which is all it takes.",
        hint: "Close connections that are not used.",
        detail: ["limit": .integer(Int64(settings.limits.connections))])
    }
    return nil
  }
}
