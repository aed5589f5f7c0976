internal import EventLoop
internal import Glibc
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// Why the broker does not open a path for a client. It opens it with its own rights and in its own view of the
/// system, so that a client which is another user, or sees less than the broker, could have it read what is not for that
/// client.
enum PathRefusal: String {
  case differentUser
  /// Of user namespaces, too.
  case differentMountNamespace
  /// Another root directory or label of a security module, or it cannot be told.
  case sandboxed
  /// The process that connected is gone, so that nobody knows who uses the connection.
  case identityMismatch

  /// nil where the path may be opened.
  ///
  /// - Parameters:
  ///   - peer: uid of the process that connected.
  ///   - broker: the broker's.
  ///   - own: the broker's view; nil where it cannot be told.
  init?(peer: UInt32, broker: UInt32, sight: PeerProcess.Sight, own: ProcessView?) {
    guard peer == broker else {
      self = .differentUser
      return
    }
    switch sight {
    case .gone: self = .identityMismatch
    case .hidden: self = .sandboxed
    case .seen(let view):
      guard let own else {
        self = .sandboxed
        return
      }
      if view.userNamespace != own.userNamespace || view.mountNamespace != own.mountNamespace {
        self = .differentMountNamespace
      } else if view.root != own.root || view.label != nil && view.label != own.label {
        self = .sandboxed
      } else {
        return nil
      }
    }
  }

  private var explanation: String {
    switch self {
    case .differentUser: "The broker opens paths for its own user only, user \(geteuid())."
    case .differentMountNamespace:
      "The client is in another namespace than the broker, where the path may be another directory."
    case .sandboxed: "The client may see less of the system than the broker, or cannot be looked at."
    case .identityMismatch:
      "The process that connected is gone, so the broker cannot tell for whom it would open the path."
    }
  }

  var error: RPCError {
    RPCError(
      .contextPathRefused, explanation, hint: "Send the context as a tar: kind fd or upload.",
      detail: ["reason": .string(rawValue)])
  }
}

extension Broker {
  /// Why contexts of the kind `path` are not read for this client; nil where they are.
  func pathRefusal(for session: Session) -> RPCError? {
    let sight = session.process.look(session.socket, session.peer)
    return PathRefusal(peer: session.peer.uid, broker: geteuid(), sight: sight, own: ownView)?.error
  }
}
