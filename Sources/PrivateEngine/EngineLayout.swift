import CLinux

/// The files of one private Engine, and the command line that makes its processes known again after a crash.
///
/// What lasts is under the state directory; sockets, pid file and exec-root are under a short path, since containerd
/// puts sockets 38 bytes below it.
struct EngineLayout: Sendable, Equatable {
  /// Longest runtime directory under which all sockets have usable paths.
  static let runtimeDirectoryLimit =
    Int(CL_UNIX_PATH_LIMIT) - "/exec/containerd/containerd.sock.ttrpc".utf8.count

  /// Absolute and without symbolic links, as the kernel writes it in mountinfo.
  let engineDirectory: String
  /// Absolute and without symbolic links above its own name.
  let runtimeDirectory: String

  /// - Parameter runtimeParent: holds the runtime directory, whose name tells Engines of different state directories
  ///   apart.
  init(engineDirectory: String, runtimeParent: String) throws(PrivateEngineError) {
    self.engineDirectory = engineDirectory
    let digits = String(Self.hash(engineDirectory), radix: 16)
    let name = "swiftdock-engine-" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    runtimeDirectory = (runtimeParent == "/" ? "" : runtimeParent) + "/" + name
    guard runtimeDirectory.utf8.count <= Self.runtimeDirectoryLimit else {
      throw .runtimeDirectoryTooLong(runtimeDirectory, limit: Self.runtimeDirectoryLimit)
    }
  }

  var dataRoot: String { engineDirectory + "/data" }
  var logFile: String { engineDirectory + "/dockerd.log" }
  /// Leads to the socket, so that a person finds it from the state directory.
  var socketLink: String { engineDirectory + "/docker.sock" }
  var lockFile: String { engineDirectory + "/lock" }
  var execRoot: String { runtimeDirectory + "/exec" }
  var socket: String { runtimeDirectory + "/docker.sock" }
  var pidFile: String { runtimeDirectory + "/docker.pid" }

  /// dockerd's arguments without its name. The network bridge and the host's firewall are left alone, so a build step
  /// has the network `none` or `host`. Only warnings are logged: the log has no other bound while dockerd runs.
  var arguments: [String] {
    [
      "--host", "unix://" + socket, "--data-root", dataRoot, "--exec-root", execRoot, "--pidfile", pidFile,
      "--bridge=none", "--iptables=false", "--ip6tables=false", "--log-level=warn",
    ]
  }

  /// Whether the command line is that of the dockerd which owns these directories, of this or another version of this
  /// program.
  func isDaemon(_ commandLine: [String]) -> Bool {
    Self.programName(commandLine) == "dockerd"
      && Self.hasOption("--pidfile", pidFile, in: commandLine)
      && Self.hasOption("--data-root", dataRoot, in: commandLine)
  }

  /// Whether the command line is that of a program which dockerd runs for itself: containerd, its shims, runc. They
  /// are known by an argument below dockerd's directories; the program's name keeps a person's editor or `tail` apart.
  func isAttendant(_ commandLine: [String]) -> Bool {
    guard let name = Self.programName(commandLine),
      name == "runc" || name == "crun" || name.hasPrefix("containerd") || name.hasPrefix("docker-")
    else { return false }
    return commandLine.dropFirst().contains { $0.hasPrefix(execRoot + "/") || $0.hasPrefix(dataRoot + "/") }
  }

  private static func programName(_ commandLine: [String]) -> Substring? {
    commandLine.first?.split(separator: "/").last
  }

  private static func hasOption(_ name: String, _ value: String, in commandLine: [String]) -> Bool {
    zip(commandLine, commandLine.dropFirst()).contains { $0 == name && $1 == value }
  }

  /// FNV-1a, 64 bits: the same on every start of the program, unlike `Hasher`.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
