/// Where a broker's socket is looked for.
package struct SocketSearch: Equatable {
  /// In the order of preference; never empty.
  package let paths: [String]

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
      return
    }
    var paths: [String] = []
    let ownRuntime = "/run/user/\(uid)"
    if let runtime = set("XDG_RUNTIME_DIR") {
      paths.append(runtime + "/swiftdock/swiftdockd.sock")
    } else if isOwnDirectory(ownRuntime) {
      paths.append(ownRuntime + "/swiftdock/swiftdockd.sock")
    }
    paths.append("/run/swiftdock/swiftdockd.sock")
    if let state = set("XDG_STATE_HOME") ?? set("HOME").map({ $0 + "/.local/state" }) {
      paths.append(state + "/swiftdock/run/swiftdockd.sock")
    }
    self.paths = paths
  }
}
