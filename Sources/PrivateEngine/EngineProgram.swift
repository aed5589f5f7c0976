import CLinux
import Glibc

/// The installed dockerd, and how it is started.
struct EngineProgram {
  /// Where Debian and others put dockerd, containerd and runc; often not in the PATH of a service or a user.
  static let systemDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"]
  /// Of the caller's own conversation with systemd: dockerd would answer in its place.
  private static let withheldVariables: Set<String> = [
    "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID",
  ]

  let path: String
  /// As `NAME=value`.
  let environment: [String]

  /// Finds dockerd in `PATH` and then in the directories of system programs.
  init(
    environment: [String: String], systemDirectories: [String] = Self.systemDirectories
  ) throws(PrivateEngineError) {
    // A relative directory would mean another one for dockerd, which runs in `/`.
    var directories = (environment["PATH"] ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    directories += systemDirectories.filter { !directories.contains($0) }
    guard let path = directories.map({ $0 + "/dockerd" }).first(where: Self.isExecutable) else {
      throw .dockerdNotFound(searched: directories)
    }
    self.path = path
    var variables = environment.filter { !Self.withheldVariables.contains($0.key) }
    variables["PATH"] = directories.joined(separator: ":")
    self.environment = variables.map { "\($0.key)=\($0.value)" }.sorted()
  }

  /// Starts dockerd as a process that outlives this one.
  func start(_ layout: EngineLayout) throws(PrivateEngineError) -> ProcessHandle {
    let log = try EngineLog.create(layout.logFile)
    defer { close(log) }
    let id = Self.withCStrings(["dockerd"] + layout.arguments) { arguments in
      Self.withCStrings(environment) { environment in cl_spawn_daemon(path, arguments, environment, log) }
    }
    guard id > 0 else { throw .system(call: "posix_spawn", path: path, errno: errno) }
    // A child keeps its number until it is collected, so there is always a process to hold.
    guard let handle = try ProcessHandle(id) else { throw .system(call: "pidfd_open", path: path, errno: ESRCH) }
    return handle
  }

  private static func isExecutable(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
  }

  /// The pointers, and the NULL after them, live as long as the call.
  private static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("an array that holds nil at least") }
      return body(start)
    }
  }
}
