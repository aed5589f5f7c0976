/// Where a broker's socket is looked for.
package struct SocketSearch: Equatable {
  /// Of the brokers that the system runs, and root by hand.
  package static let systemPath = "/run/swiftdock/swiftdockd.sock"

  /// In the order of preference; never empty.
  package let paths: [String]
  /// Where a client may start a broker for its user: the first place that is the user's alone. The system's is not,
  /// not even for root, whose private broker would shut everybody else out of it. nil where the path was given, and
  /// where there is no such place.
  package let startPath: String?

  /// - Parameters:
  ///   - explicit: of the command line; as `SWIFTDOCK_SOCKET`, a path or `unix://` and a path. Nothing else is tried
  ///     where either is given.
  ///   - environment: by name.
  ///   - isOwnDirectory: whether there is such a directory and it belongs to `uid`.
  package init(
    explicit: String?, environment: (String) -> String?, uid: UInt32, isOwnDirectory: (String) -> Bool
  ) {
    func set(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    if let given = explicit ?? set("SWIFTDOCK_SOCKET") {
      let scheme = "unix://"
      paths = [given.hasPrefix(scheme) ? String(given.dropFirst(scheme.count)) : given]
      startPath = nil
      return
    }
    var paths: [String] = []
    let ownRuntime = "/run/user/\(uid)"
    if let runtime = set("XDG_RUNTIME_DIR") {
      paths.append(runtime + "/swiftdock/swiftdockd.sock")
    } else if isOwnDirectory(ownRuntime) {
      paths.append(ownRuntime + "/swiftdock/swiftdockd.sock")
    }
    paths.append(Self.systemPath)
    if let state = set("XDG_STATE_HOME") ?? set("HOME").map({ $0 + "/.local/state" }) {
      paths.append(state + "/swiftdock/run/swiftdockd.sock")
    }
    self.paths = paths
    startPath = paths.first { $0 != Self.systemPath }
  }
}
