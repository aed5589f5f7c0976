internal import Glibc
internal import SwiftDockClient
internal import SwiftDockProtocol

/// An option that cannot be used.
struct OptionError: Error, Equatable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// How the daemon was asked to run. An option wins over its variable, the variable over the default.
struct Options: Equatable {
  enum Engine: Equatable {
    /// As docker's own settings say.
    case standard
    case address(String)
    /// A dockerd of the broker's own.
    case own
  }

  enum Request: Equatable {
    case run(Options)
    case help
    case version
  }

  var socketPath: String
  var stateDirectory: String
  var engine = Engine.standard
  var maxBuilds = 4
  /// nil: as suits the Engine.
  var defaultNetwork: BuildNetwork?

  static let usage = """
    Usage: swiftdockd [options]

    Holds the connection to the Docker Engine and serves builds over JSON-RPC on a Unix socket.
    Runs in the foreground and logs to standard error.

      --socket PATH          listen here (SWIFTDOCK_SOCKET; default: in the runtime directory)
      --engine URL|private   the Engine: unix:///PATH, or private (as root) for one of the broker's own
                             (SWIFTDOCK_ENGINE; default: docker's own rules, DOCKER_HOST and contexts)
      --state-dir DIR        logs and waiting contexts (SWIFTDOCK_STATE_DIR; default: $XDG_STATE_HOME/swiftdock)
      --max-builds N         builds that run at the same time, 1 to 256 (SWIFTDOCK_MAX_BUILDS; default: 4)
      --default-network NET  network of builds that name none: default, none or host
                             (SWIFTDOCK_DEFAULT_NETWORK; default: default, host with a private Engine)
      --help, --version

    SIGTERM and SIGINT let running builds end and then end the broker; sent again, they cancel the builds.
    """

  static func parse(_ arguments: [String], environment: [String: String]) throws(OptionError) -> Request {
    var given: [String: String] = [:]
    for name in names {
      let variable = "SWIFTDOCK_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
      if let value = environment[variable], !value.isEmpty { given[name] = value }
    }
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--help" || argument == "-h" { return .help }
      if argument == "--version" { return .version }
      let (name, inline) = split(argument)
      guard names.contains(name) else { throw OptionError("unknown option \(argument)") }
      guard let value = inline ?? rest.popFirst() else { throw OptionError("--\(name) needs a value") }
      given[name] = value
    }
    return .run(try Options(given, environment: environment))
  }

  private static let names = ["socket", "engine", "state-dir", "max-builds", "default-network"]

  /// `--name=value` and `--name`; the empty name for what is no option.
  private static func split(_ argument: String) -> (name: String, value: String?) {
    guard argument.hasPrefix("--") else { return ("", nil) }
    let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(parts[0]), parts.count == 2 ? String(parts[1]) : nil)
  }

  private init(_ given: [String: String], environment: [String: String]) throws(OptionError) {
    socketPath = try Self.socketPath(given["socket"])
    stateDirectory = try Self.stateDirectory(given["state-dir"], environment)
    switch given["engine"] {
    case nil: break
    case "private"?: engine = .own
    case let address?: engine = .address(address)
    }
    if let text = given["max-builds"] {
      guard let number = Int(text), 1...256 ~= number else {
        throw OptionError("--max-builds takes a number from 1 to 256, not \(text)")
      }
      maxBuilds = number
    }
    if let text = given["default-network"] {
      guard let network = BuildNetwork(rawValue: text) else {
        throw OptionError("--default-network takes default, none or host, not \(text)")
      }
      defaultNetwork = network
    }
  }

  private static func socketPath(_ given: String?) throws(OptionError) -> String {
    let candidates = SocketSearch.here(explicit: given).paths
    // The directory of the system's brokers is root's.
    let own = candidates.first { given != nil || geteuid() == 0 || !$0.hasPrefix("/run/swiftdock/") }
    guard let path = own else { throw OptionError("no place for a socket: set HOME, or pass --socket PATH") }
    return try absolute(path, "--socket")
  }

  private static func stateDirectory(
    _ given: String?, _ environment: [String: String]
  ) throws(OptionError) -> String {
    func set(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let given { return try absolute(given, "--state-dir") }
    if let state = set("XDG_STATE_HOME") { return try absolute(state + "/swiftdock", "XDG_STATE_HOME") }
    guard let home = set("HOME") else { throw OptionError("no place for state: set HOME, or pass --state-dir DIR") }
    return try absolute(home + "/.local/state/swiftdock", "HOME")
  }

  /// A relative path is one from the directory in which the daemon was started.
  private static func absolute(_ path: String, _ name: String) throws(OptionError) -> String {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw OptionError("\(name) is empty") }
    if path.hasPrefix("/") { return path }
    guard let directory = getcwd(nil, 0) else { throw OptionError("\(name): the current directory is gone") }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
  }
}
