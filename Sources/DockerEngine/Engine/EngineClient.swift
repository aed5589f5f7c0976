/// Talks to one Engine over its Unix socket, every call on a connection of its own.
///
/// Calls block the calling thread until the answer is complete, a time limit passes or `interrupt` fires; they are for
/// worker threads. Endpoints are those of the Docker Engine API, one a file.
package struct EngineClient: Sendable {
  package let socketPath: String
  package internal(set) var identity: EngineIdentity
  package var timeouts: EngineTimeouts
  /// What `socketPath` stood for when the identity was found out; nil where nobody looked.
  var socketFile: SocketFile?
  /// What somebody knows who watches this Engine: a socket that systemd holds outlives it, and the next Engine answers
  /// there.
  package var hasEnded: @Sendable () -> Bool = { false }

  /// For an Engine whose identity is known already; `negotiate` finds it out.
  package init(socketPath: String, identity: EngineIdentity, timeouts: EngineTimeouts = EngineTimeouts()) {
    self.socketPath = socketPath
    self.identity = identity
    self.timeouts = timeouts
  }

  /// Whether by now the path stands for another socket than that of this Engine, or for none.
  package var isReplaced: Bool { socketFile != nil && SocketFile(at: socketPath) != socketFile }

  /// Whether both were found at one and the same socket.
  package func isSameSocket(as other: EngineClient) -> Bool { socketFile == other.socketFile }

  /// `path` below the version that was agreed on.
  func versioned(_ path: String) -> String { "/v\(identity.apiVersion)\(path)" }
}

/// How long calls wait.
package struct EngineTimeouts: Sendable {
  /// For the connection to be taken.
  package var connect: Duration = .seconds(5)
  /// For each answer while it is found out which Engine there is.
  package var negotiation: Duration = .seconds(10)
  /// For the whole of a short answer.
  package var answer: Duration = .seconds(60)
  /// Between two signs of life of a stream (a build, a pull) before the Engine is pinged.
  package var probe: Duration = .seconds(5)
  /// For the answer to such a ping.
  package var ping: Duration = .seconds(3)
  /// Pings in a row that may fail before the Engine counts as gone.
  package var failedPings = 3
  /// Between two words about a pull or push, before it counts as hung. The Engine itself tries a layer again for a
  /// minute without a word.
  package var transfer: Duration = .seconds(600)
  /// For a cancelled build to have ended.
  package var cancel: Duration = .seconds(10)
  /// Until an unfinished line is handed out.
  package var partialLine: Duration = .milliseconds(200)

  package init() {}
}
