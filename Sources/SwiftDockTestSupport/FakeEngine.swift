internal import CLinux
internal import Glibc
internal import Synchronization

/// An Engine made of a script: an HTTP/1.1 server on a real Unix socket that answers as the test says.
///
///     let engine = try FakeEngine()
///     engine.on("POST /build") { exchange in
///       try exchange.readBody()
///       try exchange.beginChunked()
///       try exchange.record(["stream": "Step 1/1 : FROM scratch\n"])
///       try exchange.endChunked()
///     }
///
/// Out of the box it answers `/_ping`, `/version` and `/info` as Docker 20.10.24 does, says yes to `/build/cancel`, and
/// 404 to everything else. Every connection has a thread of its own; all of them end with `stop`, which the end of the
/// object calls. Handlers must not refer to the object, which would never end then: what they need of it, their exchange
/// has.
package final class FakeEngine: Sendable {
  /// A directory of its own under `/tmp`, removed by `stop`.
  package let socketPath: String
  private let directory: String
  let core: FakeEngineCore
  private let acceptor: FakeEngineThread

  /// - Throws: `FakeEngineFailure.system`.
  package init() throws(FakeEngineFailure) {
    var template = Array("/tmp/fake-engine-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw .system(call: "mkdtemp", errno: errno) }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    socketPath = directory + "/engine.sock"
    let path = Array(socketPath.utf8CString)
    let listener = path.withUnsafeBufferPointer { cl_unix_listen($0.baseAddress, path.count - 1, 0o600, 16) }
    guard listener >= 0 else { throw .system(call: "listen", errno: errno) }
    let core = try FakeEngineCore(listener: listener)
    self.core = core
    acceptor = try FakeEngineThread { core.acceptUntilStopped() }
    addDefaults()
  }

  deinit { stop() }

  /// Answers requests of that route by `handler`, on the connection's thread; a later script for the same route
  /// replaces an earlier one. What the handler throws ends the connection, and is kept in `failures`.
  /// - Parameter route: method and path without its version; `*` stands for anything: `GET /images/*/json`.
  package func on(_ route: String, _ handler: @escaping @Sendable (FakeEngineExchange) throws -> Void) {
    core.state.withLock { $0.routes.insert((FakeEngineRoute(route), handler), at: 0) }
  }

  /// Requests so far, in the order their heads were read.
  package var requests: [FakeEngineRequest] { core.state.withLock { $0.requests } }

  /// Those of one route.
  package func requests(_ route: String) -> [FakeEngineRequest] { core.requests(route) }

  /// What handlers have thrown, other than for a client that went away.
  package var failures: [String] { core.state.withLock { $0.failures } }

  /// From now on nobody takes connections, reads or answers, as if the process had been stopped by a signal: what is
  /// sent stays in the kernel's queues.
  package func freeze() { core.state.withLock { $0.isFrozen = true } }
  package func thaw() { core.state.withLock { $0.isFrozen = false } }

  /// Closes all connections at once and takes no more, as a killed Engine does. May be called again.
  package func stop() {
    core.stop()
    acceptor.join()
    core.joinConnections()
    unlink(socketPath)
    rmdir(directory)
  }
}

package enum FakeEngineFailure: Error, Equatable {
  /// The client closed the connection.
  case disconnected
  /// The test has stopped the Engine.
  case stopped
  /// A gate was not opened, or the client did not go away, within the guard time of a test.
  case waitedTooLong
  case malformedRequest
  case system(call: String, errno: Int32)
}
