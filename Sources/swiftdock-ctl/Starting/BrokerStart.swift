internal import CLinux
internal import Glibc
internal import SwiftDockClient

/// Starts a broker for this user, which outlives this program and its terminal.
struct BrokerStart {
  private static let daemon = "swiftdockd"
  /// What a broker has to begin to listen.
  private static let timeLimit = Duration.seconds(10)
  private static let pauseMs: Int32 = 20
  /// The daemon's exit status where another one was there first.
  private static let anotherRuns: Int32 = 75

  /// Where it is to listen.
  let socket: String
  let stateDirectory: String

  init(socket: String) throws(ProgramError) {
    let variable = "SWIFTDOCK_STATE_DIR"
    let given = LocalFile.environment(variable).flatMap { $0.isEmpty ? nil : $0 }
    guard let state = given ?? StateLocation.standard(LocalFile.environment) else {
      throw .local("Cannot start a broker: there is no place for its state.\nSet HOME, or \(variable).")
    }
    self.socket = try Self.absolute(socket)
    stateDirectory = try Self.absolute(state)
  }

  /// - Returns: once a broker answers: this one, or another that was faster.
  func connection() throws(ProgramError) -> BrokerConnection {
    let program = try Self.program()
    let log = try BrokerLog(in: stateDirectory)
    let arguments = [program, "--socket", socket, "--state-dir", stateDirectory]
    let id = CStringArray.with(arguments) { cl_spawn_daemon(program, $0, environ, log.descriptor) }
    guard id > 0 else { throw .local("Cannot start \(program): \(LocalFile.text(of: errno)).") }
    let deadline = ContinuousClock.now + Self.timeLimit
    var isRunning = true
    while true {
      if let connection = try Self.connect(to: socket) { return connection }
      if isRunning {
        var ended = cl_exit()
        isRunning = cl_reap(id, &ended) == 0
        // One that found another leaves it to that one to answer, which may still be about to listen.
        guard isRunning || ended.code == Self.anotherRuns else {
          throw .noStart(log.explanation("The broker that was started has ended."))
        }
      }
      guard ContinuousClock.now < deadline else {
        guard isRunning else { throw .brokerIsEnding(stateDirectory: stateDirectory) }
        throw .noStart(
          log.explanation("The broker that was started does not answer on \(socket) within \(Self.timeLimit)."))
      }
      _ = poll(nil, 0, Self.pauseMs)
    }
  }

  /// nil where nobody listens yet.
  private static func connect(to socket: String) throws(ProgramError) -> BrokerConnection? {
    do throws(ClientError) {
      return try BrokerConnection.connect(.here(explicit: socket))
    } catch {
      switch error {
      case .notRunning, .nobodyListens: return nil
      default: throw .client(error)
      }
    }
  }

  /// Beside this program, else in `PATH`.
  private static func program() throws(ProgramError) -> String {
    if let own = LocalFile.target(of: "/proc/self/exe"), let slash = own.lastIndex(of: "/") {
      let beside = own[...slash] + daemon
      if access(String(beside), X_OK) == 0 { return String(beside) }
    }
    guard let found = LocalFile.program(daemon) else {
      throw .noStart(
        "No broker is running, and there is no \(daemon) beside swiftdock-ctl or in PATH to start.\n"
          + "Install it, or name the socket of a broker with: --socket PATH")
    }
    // The daemon starts in another directory.
    return try absolute(found)
  }

  private static func absolute(_ path: String) throws(ProgramError) -> String {
    if path.hasPrefix("/") { return path }
    return try LocalFile.resolve(".") + "/" + path
  }
}

extension Verb {
  /// As `connect`, and where no broker runs starts one for this user, if the command line leaves the place to this
  /// program.
  static func connectOrStart(_ arguments: ParsedArguments) throws(ProgramError) -> BrokerConnection {
    let search = SocketSearch.here(explicit: arguments.value(of: .socket))
    do throws(ClientError) {
      return try BrokerConnection.connect(search)
    } catch {
      guard let place = search.startPath, !arguments.has(.noStart) else { throw .client(error) }
      switch error {
      case .notRunning: break
      case .nobodyListens(place): break
      default: throw .client(error)
      }
      return try BrokerStart(socket: place).connection()
    }
  }
}
