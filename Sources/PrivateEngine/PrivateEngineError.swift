/// Why the broker's own Engine could not be started, kept or ended.
package enum PrivateEngineError: Error, Sendable, Equatable {
  /// Only root can run an Engine.
  case notRoot(user: UInt32)
  case dockerdNotFound(searched: [String])
  /// Sockets below the directory would not fit into a `sockaddr_un`.
  case runtimeDirectoryTooLong(String, limit: Int)
  /// Another user owns the directory or may write to it, or it is no directory.
  case notPrivate(String)
  /// Another process uses the same state directory.
  case inUse(lockFile: String)
  /// dockerd ended before it answered. `log` holds the last lines that it wrote.
  case ended(EndOfProcess, log: [String])
  /// dockerd ran but did not answer in time; it was ended.
  case notReady(after: Duration, log: [String])
  /// `stop()` was called.
  case stopped
  /// Processes of the Engine that live on after SIGKILL.
  case survivors([Int32])
  /// A mount of the Engine that is still there after it was taken away as often as is sensible.
  case stillMounted(String)
  case system(call: String, path: String, errno: Int32)
}

extension PrivateEngineError: CustomStringConvertible {
  /// What happened, with the cure where there is one; lines of dockerd's log follow on lines of their own.
  package var description: String {
    switch self {
    case .notRoot(let user):
      "an Engine of the broker's own needs root, and this is user \(user): run it as root, or name a running Engine "
        + "with --engine unix:///PATH"
    case .dockerdNotFound(let searched):
      "no dockerd in \(searched.joined(separator: ":")): apt-get install --no-install-recommends docker.io"
    case .runtimeDirectoryTooLong(let path, let limit):
      "the Engine's runtime directory \(path) is \(path.utf8.count) bytes long; its sockets fit up to \(limit)"
    case .notPrivate(let path): "\(path) is not a directory that only this user can write to"
    case .inUse(let lockFile): "another broker runs the Engine of this state directory (\(lockFile) is locked)"
    case .ended(let how, let log): "dockerd \(how) before it answered" + Self.quoted(log)
    case .notReady(let time, let log):
      "dockerd did not answer within \(time.components.seconds) s and was ended" + Self.quoted(log)
    case .stopped: "the Engine was stopped"
    case .survivors(let processes):
      "processes of the Engine did not end: \(processes.map(String.init).joined(separator: " "))"
    case .stillMounted(let path): "\(path) is still mounted"
    case .system(let call, let path, let errno): "\(call) \(path) failed (errno \(errno))"
    }
  }

  private static func quoted(_ log: [String]) -> String { log.map { "\n  " + $0 }.joined() }
}

/// How a process ended.
package enum EndOfProcess: Sendable, Equatable {
  case exit(code: Int32)
  case signal(Int32)
  /// It was not this process's child, so nobody told.
  case unknown
}

extension EndOfProcess: CustomStringConvertible {
  package var description: String {
    switch self {
    case .exit(let code): "exited with status \(code)"
    case .signal(let number): "was ended by signal \(number)"
    case .unknown: "ended"
    }
  }
}
