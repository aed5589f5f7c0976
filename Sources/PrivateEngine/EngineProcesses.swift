import Glibc

/// Finds the processes of one Engine among all, from nothing but its layout, so that those are found too whose parent
/// has died.
struct EngineProcesses {
  enum Role: Equatable {
    /// dockerd itself.
    case daemon
    /// A program that dockerd runs for itself.
    case attendant
    /// A build step: any program, known by its root directory, which is a mount of the Engine's data. Such processes
    /// outlive a dockerd that ends during a build.
    case workload
  }

  /// What stays the same while processes are looked at.
  private struct View {
    let dataRoot: [UInt8]
    let place: (device: [UInt8], path: [UInt8])?
    let namespace: [CChar]?

    init(_ layout: EngineLayout) throws(PrivateEngineError) {
      dataRoot = Array(layout.dataRoot.utf8)
      place = try MountTable.of(process: "self")?.place(of: dataRoot)
      namespace = EngineProcesses.mountNamespace(of: "self")
    }
  }

  private static let commandLineLimit = 1 << 17

  let layout: EngineLayout

  func all() throws(PrivateEngineError) -> [(id: pid_t, role: Role)] {
    let view = try View(layout)
    var found: [(id: pid_t, role: Role)] = []
    for id in try Self.identifiers() {
      if let role = try role(of: id, view) { found.append((id, role)) }
    }
    return found
  }

  /// Nil where the process has nothing to do with the Engine or has ended.
  private func role(of id: pid_t, _ view: View) throws(PrivateEngineError) -> Role? {
    guard let commandLine = try Self.commandLine(of: id) else { return nil }
    if layout.isDaemon(commandLine) { return .daemon }
    if layout.isAttendant(commandLine) { return .attendant }
    guard Self.mountNamespace(of: String(id)) != view.namespace,
      let root = try MountTable.of(process: String(id))?.mounts.last(where: { $0.point == [UInt8(ascii: "/")] }),
      root.isMade(from: view.dataRoot, view.place)
    else { return nil }
    return .workload
  }

  /// Ends every process of these roles with SIGKILL and waits for that.
  func kill(_ roles: [Role], within time: Duration) throws(PrivateEngineError) {
    let deadline = ContinuousClock.now + time
    let view = try View(layout)
    while true {
      var handles: [ProcessHandle] = []
      for (id, role) in try all() where roles.contains(role) {
        // Held first and asked again then: the number may have gone to another process in between.
        guard let handle = try ProcessHandle(id), try self.role(of: id, view) == role else { continue }
        try handle.signal(SIGKILL)
        handles.append(handle)
      }
      if handles.isEmpty { return }
      let survivors = handles.filter { !$0.hasEnded(within: ContinuousClock.now.duration(to: deadline)) }
      for handle in handles { _ = handle.reap() }
      guard survivors.isEmpty else { throw .survivors(survivors.map(\.id)) }
      // New ones may go on appearing.
      guard ContinuousClock.now < deadline else { throw .survivors(handles.map(\.id)) }
    }
  }

  static func commandLine(of id: pid_t) throws(PrivateEngineError) -> [String]? {
    guard let bytes = try KernelFile.contents(of: "/proc/\(id)/cmdline", limit: commandLineLimit) else { return nil }
    return bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func identifiers() throws(PrivateEngineError) -> [pid_t] {
    guard let stream = opendir("/proc") else { throw .system(call: "opendir", path: "/proc", errno: errno) }
    defer { closedir(stream) }
    var identifiers: [pid_t] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw .system(call: "readdir", path: "/proc", errno: errno) }
        return identifiers
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if let id = pid_t(name) { identifiers.append(id) }
    }
  }

  /// Nil where the process has ended.
  fileprivate static func mountNamespace(of process: String) -> [CChar]? {
    var buffer = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/\(process)/ns/mnt", &buffer, buffer.count)
    return count > 0 ? Array(buffer[..<count]) : nil
  }
}

extension MountTable.Mount {
  /// Whether this is an overlay with layers below `dataRoot`, or a directory below the place of `dataRoot` itself, as
  /// storage drivers without overlays use it.
  fileprivate func isMade(from dataRoot: [UInt8], _ place: (device: [UInt8], path: [UInt8])?) -> Bool {
    if let place, device == place.device, root != place.path, root.isWithin(place.path) { return true }
    return options.split(whereSeparator: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ":") })
      .contains { option in
        let value = option.firstIndex(of: UInt8(ascii: "=")).map { option[($0 + 1)...] } ?? option
        return Array(value).isWithin(dataRoot)
      }
  }
}
