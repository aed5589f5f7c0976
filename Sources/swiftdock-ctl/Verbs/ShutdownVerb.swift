internal import CLinux
internal import Glibc
internal import JSON
internal import SwiftDockClient
internal import SwiftDockProtocol

enum ShutdownVerb: Verb {
  static let name = "shutdown"
  static let operands = ""
  static let summary = "lets the broker's builds end, then the broker, and waits for that"
  static let options = [now, timeout]

  private static let now = Option("--now", "cancel the builds")
  private static let timeout = Option(
    "--timeout", value: "TIME", "cancel the builds that still run after TIME, as 90 or 1m30s; 10m if not given")
  /// What a process may take to end after its last connection, an Engine of its own included.
  private static let endTimeMs: Int32 = 60_000

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    _ = try operands(arguments)
    let params = try params(arguments)
    var connection = try connect(arguments)
    let process = RunningProcess(connection.broker.pid)
    let builds = try connection.ask(BrokerStatus.self, NoParams()).builds
    _ = try connection.ask(BrokerShutdown.self, params)
    let unfinished = builds.running + builds.queued + builds.receiving
    if unfinished > 0, !arguments.has(.json) {
      let what = unfinished == 1 ? "a build" : "\(unfinished) builds"
      Output.messages.line(
        params.mode == .cancel ? "Cancelling \(what)." : "Waiting for \(what) to end. With --now they are cancelled.")
    }
    do throws(ClientError) {
      while try connection.next() != .ended {}
    } catch {
      // A broker that was killed meanwhile is gone as well.
      guard error == .connectionLost else { throw .client(error) }
    }
    guard process.hasEnded(withinMs: endTimeMs) else {
      throw .local("The broker has closed its connections, but its process \(connection.broker.pid) is still there.")
    }
    if arguments.has(.json) {
      Output.results.json(["socket": .string(connection.broker.path), "ended": true])
    } else {
      Output.messages.line("The broker at \(connection.broker.path) has ended.")
    }
    return .done
  }

  private static func params(_ arguments: ParsedArguments) throws(ProgramError) -> BrokerShutdown.Params {
    var params = BrokerShutdown.Params(mode: arguments.has(now) ? .cancel : .drain)
    if let text = arguments.value(of: timeout) {
      guard let time = TimeSpan.milliseconds(text) else {
        throw .usage("--timeout takes a time such as 90 or 1m30s, not \"\(text)\"")
      }
      params.timeoutMs = time
    }
    return params
  }
}

/// A process that runs, held so that its number is not taken for another's.
private struct RunningProcess: ~Copyable {
  /// -1 where it cannot be seen from here, as from a container.
  private let descriptor: Int32

  init(_ pid: UInt32) { descriptor = cl_pidfd_open(pid_t(bitPattern: pid)) }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// True at once for one that cannot be seen.
  func hasEnded(withinMs limit: Int32) -> Bool {
    guard descriptor >= 0 else { return true }
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    var count = poll(&entry, 1, limit)
    while count < 0, errno == EINTR { count = poll(&entry, 1, limit) }
    return count > 0
  }
}
