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
  /// Whose digests are remembered; 0 for none.
  var indexedFiles = 200_000
  /// Of those that were given.
  private(set) var sources: [OptionName: BrokerConfig.Source]

  static let usage = """
    Usage: swiftdockd [options]

    Holds the connection to the Docker Engine and serves builds over JSON-RPC on a Unix socket.
    Runs in the foreground and logs to standard error.

      --socket PATH          listen here (SWIFTDOCK_SOCKET; default: in the runtime directory). A service manager may
                             hand over a socket that listens, as systemd does (LISTEN_FDS)
      --engine URL|private   the Engine: unix:///PATH, or private (as root) for one of the broker's own
                             (SWIFTDOCK_ENGINE; default: docker's own rules, DOCKER_HOST and contexts)
      --state-dir DIR        logs and waiting contexts (SWIFTDOCK_STATE_DIR; default: $XDG_STATE_HOME/swiftdock)
      --max-builds N         builds that run at the same time, 1 to 256 (SWIFTDOCK_MAX_BUILDS; default: 4)
      --default-network NET  network of builds that name none: default, none or host
                             (SWIFTDOCK_DEFAULT_NETWORK; default: default, host with a private Engine)
      --index-files N        files of contexts that need not be read again while nothing about them changes, up to
                             10,000,000, some 90 bytes of memory each; 0: read all files each time
                             (SWIFTDOCK_INDEX_FILES; default: 200000)
      --help, --version

    An option wins over its variable. See what is in force with: swiftdock-ctl rpc broker.config

    SIGTERM and SIGINT let running builds end, for ten minutes at most, and then end the broker, as swiftdock-ctl
    shutdown does; sent again, they cancel the builds. Exit status: 0 ended, 1 cannot run, 2 usage, 75 another broker
    has the socket or the state directory.
    """

  static func parse(_ arguments: [String], environment: [String: String]) throws(OptionError) -> Request {
    var given: [OptionName: GivenOption] = [:]
    for name in OptionName.allCases {
      if let value = environment[name.variable], !value.isEmpty {
        given[name] = GivenOption(value: value, source: .variable, label: name.variable)
      }
    }
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--help" || argument == "-h" { return .help }
      if argument == "--version" { return .version }
      let (word, inline) = split(argument)
      guard let name = OptionName(rawValue: word) else { throw OptionError("unknown option \(argument)") }
      guard let value = inline ?? rest.popFirst() else { throw OptionError("\(name.option) needs a value") }
      given[name] = GivenOption(value: value, source: .option, label: name.option)
    }
    return .run(try Options(given, environment: environment))
  }

  /// `--name=value` and `--name`; the empty name for what is no option.
  private static func split(_ argument: String) -> (name: String, value: String?) {
    guard argument.hasPrefix("--") else { return ("", nil) }
    let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(parts[0]), parts.count == 2 ? String(parts[1]) : nil)
  }

  private init(_ given: [OptionName: GivenOption], environment: [String: String]) throws(OptionError) {
    sources = given.mapValues(\.source)
    socketPath = try Self.socketPath(given[.socket])
    stateDirectory = try Self.stateDirectory(given[.stateDirectory], environment)
    switch given[.engine]?.value {
    case nil: break
    case "private"?: engine = .own
    case let address?: engine = .address(address)
    }
    if let option = given[.maxBuilds] {
      guard let number = Int(option.value), 1...256 ~= number else {
        throw OptionError("\(option.label) takes a number from 1 to 256, not \(option.value)")
      }
      maxBuilds = number
    }
    if let option = given[.indexFiles] {
      guard let number = Int(option.value), 0...10_000_000 ~= number else {
        throw OptionError("\(option.label) takes a number from 0 to 10000000, not \(option.value)")
      }
      indexedFiles = number
    }
    if let option = given[.defaultNetwork] {
      guard let network = BuildNetwork(rawValue: option.value) else {
        throw OptionError("\(option.label) takes default, none or host, not \(option.value)")
      }
      defaultNetwork = network
    }
  }

  private static func socketPath(_ given: GivenOption?) throws(OptionError) -> String {
    if let given {
      return try absolute(SocketSearch.here(explicit: given.value).paths.first ?? given.value, given.label)
    }
    // The directory of the system's brokers is root's.
    let own = SocketSearch.here(explicit: nil).paths.first { geteuid() == 0 || $0 != SocketSearch.systemPath }
    guard let path = own else { throw OptionError("no place for a socket: set HOME, or pass --socket PATH") }
    return try absolute(path, OptionName.socket.option)
  }

  private static func stateDirectory(
    _ given: GivenOption?, _ environment: [String: String]
  ) throws(OptionError) -> String {
    if let given { return try absolute(given.value, given.label) }
    guard let standard = StateLocation.standard({ environment[$0] }) else {
      throw OptionError("no place for state: set HOME, or pass --state-dir DIR")
    }
    return try absolute(standard, "XDG_STATE_HOME")
  }

  /// A relative path is one from the directory in which the daemon was started.
  private static func absolute(_ path: String, _ label: String) throws(OptionError) -> String {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw OptionError("\(label) is empty") }
    if path.hasPrefix("/") { return path }
    guard let directory = getcwd(nil, 0) else { throw OptionError("\(label): the current directory is gone") }
    defer { free(directory) }
    return String(cString: directory) + "/" + path
  }
}

/// The options that take a value; each has a variable, too.
enum OptionName: String, CaseIterable {
  case socket, engine
  case stateDirectory = "state-dir"
  case maxBuilds = "max-builds"
  case defaultNetwork = "default-network"
  case indexFiles = "index-files"

  var option: String { "--" + rawValue }
  var variable: String { "SWIFTDOCK_" + rawValue.uppercased().split(separator: "-").joined(separator: "_") }
}

/// A value, and what to call the place it comes from.
private struct GivenOption {
  let value: String
  let source: BrokerConfig.Source
  let label: String
}

extension Options {
  /// Takes the path of a socket that the daemon was handed. One that was asked for has to be the same.
  mutating func use(socketAt path: String) throws(OptionError) {
    guard sources[.socket] == nil || path == socketPath else {
      throw OptionError("the socket that was handed over listens at \(path), and not at \(socketPath)")
    }
    socketPath = path
    sources[.socket] = .activation
  }

  /// What is in force, in the order of the help text.
  ///
  /// - Parameters:
  ///   - engine: as it was found.
  ///   - network: that builds get.
  func listed(engine: String, network: BuildNetwork) -> [BrokerConfig.Setting] {
    OptionName.allCases.map { name in
      let value =
        switch name {
        case .socket: socketPath
        case .engine: engine
        case .stateDirectory: stateDirectory
        case .maxBuilds: String(maxBuilds)
        case .defaultNetwork: network.rawValue
        case .indexFiles: String(indexedFiles)
        }
      return BrokerConfig.Setting(name: name.rawValue, value: value, source: sources[name] ?? .default)
    }
  }
}
