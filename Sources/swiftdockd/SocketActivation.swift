internal import Glibc

/// The socket that whoever started the daemon opened for it, and told it of by the variables of sd_listen_fds(3).
enum SocketActivation {
  /// SD_LISTEN_FDS_START
  private static let first: Int32 = 3
  private static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]

  /// The descriptor of that socket; nil where there is none for this process.
  static func descriptor(_ environment: [String: String], pid: Int32) throws(OptionError) -> Int32? {
    guard let owner = environment["LISTEN_PID"], Int32(owner) == pid, let text = environment["LISTEN_FDS"] else {
      return nil
    }
    switch Int32(text) {
    case 0?: return nil
    case 1?: return first
    default: throw OptionError("LISTEN_FDS is \(text), but the broker listens on one socket")
    }
  }

  /// Takes the variables away, so that no program started by this one believes them. Before any thread is made.
  static func forget() {
    for variable in variables { unsetenv(variable) }
  }
}
