internal import Glibc
package import JSONRPC

/// Why a call did not bring a result.
package enum ClientError: Error, Equatable {
  /// ENOENT at each of these.
  case notRunning(searched: [String])
  /// ECONNREFUSED: a socket, or some other file, that nobody listens on.
  case nobodyListens(path: String)
  /// EACCES. `group` is that of the socket, or of the directory that cannot be passed.
  case notAllowed(path: String, group: String?)
  case pathTooLong(path: String, bytes: Int, limit: Int)
  case connectFailed(path: String, errno: Int32)
  /// Who listens there is neither this user, nor root, nor the owner of the socket in directories that only these
  /// may change.
  case peerNotTrusted(path: String, uid: UInt32)
  /// The broker went away before it answered.
  case connectionLost
  case transferFailed(errno: Int32)
  /// What arrived is not what the protocol says.
  case answerInvalid(String)
  /// The broker's answer.
  case refused(RPCError)
}

extension ClientError {
  /// What happened and, where there is one, the next command to type. Several lines.
  package var explanation: String {
    switch self {
    case .notRunning(let searched):
      let path = searched.first ?? ""
      let others = searched.count > 1 ? "Also looked at \(searched.dropFirst().joined(separator: " and ")).\n" : ""
      let command = searched.count > 1 ? "swiftdock-ctl socket" : "swiftdockd --socket \(path)"
      return "No broker is running: there is no socket at \(path).\n\(others)Start one with: \(command)"
    case .nobodyListens(let path):
      return "Nobody listens on \(path): a socket left behind by a broker that is gone.\n"
        + "Start one in its place with: swiftdockd --socket \(path)"
    case .notAllowed(let path, let group?):
      return "Not allowed to use \(path): it needs the group \(group).\nJoin it with: sudo usermod -aG \(group) $USER"
    case .notAllowed(let path, nil):
      return "Not allowed to use \(path).\nSee who is with: namei -l \(path)"
    case .pathTooLong(let path, let bytes, let limit):
      return "The path of the socket has \(bytes) bytes, of which Linux connects at most \(limit): \(path)\n"
        + "Choose a shorter one with: --socket PATH"
    case .connectFailed(let path, let errno):
      return "Cannot connect to \(path): \(Self.text(of: errno))."
    case .peerNotTrusted(let path, let uid):
      return "Not talking to \(path): user \(uid) listens there, or could have put it there.\n"
        + "See the directories with: namei -l \(path)"
    case .connectionLost:
      return "The broker closed the connection before it answered.\nSee whether it runs with: swiftdock-ctl status"
    case .transferFailed(let errno):
      return "The connection to the broker failed: \(Self.text(of: errno))."
    case .answerInvalid(let what):
      return "The broker's answer does not follow the protocol: \(what)."
    case .refused(let error):
      return error.message + (error.hint.map { "\n" + $0 } ?? "")
    }
  }

  private static func text(of errno: Int32) -> String { String(cString: strerror(errno)) }
}
