import Glibc
import SwiftDockTestSupport

/// A place on the loopback network where build steps (with the network `host`) wait for the test: each step that runs
/// is a visit, and its end, however it comes, ends the visit.
final class StepGate {
  private let listener: Int32
  private let port: UInt16

  init() throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(listener, generic, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, generic, &length) == 0
      }
    }
    guard isBound else {
      defer { close(listener) }
      throw ProgramFailure("no port for a gate: errno \(errno)")
    }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(listener) }

  /// What a step has to run. The pipe keeps netcat's input open, so that the connection ends with the process alone.
  var command: String { "mkfifo /gate && nc 127.0.0.1 \(port) <>/gate && rm /gate" }

  /// Waits for a step to come.
  func visit(within limit: Duration = RunningProgram.guardTime) throws -> Visit {
    guard isReadable(listener, within: limit) else { throw ProgramFailure("no step came within \(limit)") }
    let connection = accept(listener, nil, nil)
    guard connection >= 0 else { throw ProgramFailure("accept: errno \(errno)") }
    _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
    return Visit(connection)
  }

  /// Whether a step waits that was not let in yet.
  var isAwaited: Bool { isReadable(listener, within: .zero) }

  /// One step that waits; it goes on when this is released, or gone.
  final class Visit {
    private var connection: Int32

    init(_ connection: Int32) { self.connection = connection }

    deinit { release() }

    func release() {
      if connection >= 0 { close(connection) }
      connection = -1
    }

    /// Waits until the step's process has ended, without its release.
    func waitForEnd(within limit: Duration = RunningProgram.guardTime) throws {
      guard isReadable(connection, within: limit) else { throw ProgramFailure("the step still runs after \(limit)") }
    }

    var isThere: Bool { !isReadable(connection, within: .zero) }
  }
}

/// Readable, ended or failed.
private func isReadable(_ descriptor: Int32, within limit: Duration) -> Bool {
  var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  return poll(&entry, 1, Int32(clamping: limit.components.seconds * 1_000)) > 0
}
