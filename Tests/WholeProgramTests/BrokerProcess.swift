import Glibc
import JSON
import SwiftDockTestSupport
import Testing

/// A `swiftdockd` with a socket and a state directory of its own.
///
///     let broker = try BrokerProcess()
///     defer { broker.stop() }
final class BrokerProcess {
  let place: TestDirectory
  let socket: String
  let state: String
  let program: RunningProgram

  /// - Parameters:
  ///   - place: of another broker, which has ended.
  ///   - state: made by the broker where it is missing.
  ///   - wrapper: a command that starts the daemon.
  ///   - readyWhen: a word of its log, which is waited for; nil: it is not.
  init(
    engine: String = Setting.engine, options: [String] = [], place: TestDirectory? = nil, state: String? = nil,
    wrapper: [String] = [], readyWhen: String? = "engine is up"
  ) throws {
    let place = try place ?? TestDirectory()
    self.place = place
    self.state = state ?? place("state")
    socket = place("run/broker.sock")
    // The test Engines have no bridge.
    let network = engine == "private" ? [] : ["--default-network", "host"]
    program = try RunningProgram(
      wrapper + [Setting.daemon, "--socket", socket, "--state-dir", self.state, "--engine", engine] + network + options)
    if let readyWhen { try program.wait(for: readyWhen, in: .errors) }
  }

  /// Ends the broker as a service manager does, and checks that it ends well and leaves nothing.
  func stop(sourceLocation: SourceLocation = #_sourceLocation) {
    do {
      program.signal(SIGTERM)
      let end = try program.finish()
      #expect(end.exit == .code(0), "\(end.errors)", sourceLocation: sourceLocation)
      #expect(!HostFiles.exists(socket), sourceLocation: sourceLocation)
      for directory in ["logs", "spool", "manifests"] {
        #expect(TestDirectory.names(in: "\(state)/\(directory)") == [], sourceLocation: sourceLocation)
      }
    } catch { Issue.record(error, sourceLocation: sourceLocation) }
  }

  /// Starts `swiftdock-ctl`.
  func start(_ arguments: [String], input: RunningProgram.Input = .none) throws -> RunningProgram {
    try RunningProgram([Setting.control] + arguments, environment: ["SWIFTDOCK_SOCKET": socket], input: input)
  }

  /// Runs `swiftdock-ctl` to its end.
  func control(_ arguments: String..., input: RunningProgram.Input = .none) throws -> RunningProgram.Result {
    try start(arguments, input: input).finish()
  }

  /// Starts `swiftdock-ctl build --json`.
  func startBuild(_ tree: ContextTree, _ options: String...) throws -> RunningProgram {
    try start(["build", "--json"] + options + [tree.path])
  }

  /// Builds to the end.
  func build(_ tree: ContextTree, _ options: String...) throws -> FinishedBuild {
    try FinishedBuild(start(["build", "--json"] + options + [tree.path]))
  }

  /// Calls a method on a connection of its own.
  func call(_ method: String, _ params: JSONObject = JSONObject()) throws -> JSONValue {
    try WireSession(socket).call(method, params)
  }

  /// All builds that the broker knows, the newest first.
  func builds() throws -> [JSONValue] { try call("build.list")["builds"]?.arrayValue ?? [] }
}

/// How a `swiftdock-ctl build --json` ended.
struct FinishedBuild {
  let exit: RunningProgram.Exit
  /// The `Build` that it printed.
  let build: JSONValue
  /// What it said on standard error.
  let log: String

  init(_ program: RunningProgram) throws {
    let end = try program.finish()
    exit = end.exit
    log = end.errors
    let printed = try JSONValue.lines(end.output)
    build = printed.first ?? .null
    guard printed.count == 1 else { throw ProgramFailure("one object was to be printed: \(end.output)\n\(end.errors)") }
  }

  var id: String { build["buildId"]?.stringValue ?? "" }
  var state: String? { build["state"]?.stringValue }
  var executionID: String? { build["executionId"]?.stringValue }
  var imageID: String? { build.at("result", "imageId")?.stringValue }
  var error: JSONValue? { build["error"] }
  var errorCode: Int64? { error?["code"]?.integerValue }
  var errorName: String? { error?["name"]?.stringValue ?? error?.at("data", "name")?.stringValue }
  var errorDetail: JSONValue? { error?.at("data", "detail") }
}
