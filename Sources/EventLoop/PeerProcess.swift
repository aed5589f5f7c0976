internal import CLinux
internal import Glibc

/// What of the system a process can see, as far as the kernel shows it: its namespaces, its root directory, and the
/// label that a security module gave it. Landlock and seccomp cannot be seen.
package struct ProcessView: Equatable, Sendable {
  package struct File: Equatable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    /// 0 where the kernel does not tell.
    package let mount: UInt64

    package init(device: UInt64, inode: UInt64, mount: UInt64) {
      self.device = device
      self.inode = inode
      self.mount = mount
    }
  }

  package var userNamespace: File
  package var mountNamespace: File
  package var root: File
  /// nil where there is none, or only the one that says so.
  package var label: String?

  package init(userNamespace: File, mountNamespace: File, root: File, label: String?) {
    self.userNamespace = userNamespace
    self.mountNamespace = mountNamespace
    self.root = root
    self.label = label
  }

  /// Of this process.
  package static func own() throws(SystemError) -> ProcessView { try ProcessView(process: "/proc/self") }

  /// - Parameter process: its directory in procfs.
  init(process: String) throws(SystemError) {
    userNamespace = try Self.file(process + "/ns/user")
    mountNamespace = try Self.file(process + "/ns/mnt")
    root = try Self.file(process + "/root")
    label = try Self.label(process + "/attr/current")
  }

  private static func file(_ path: String) throws(SystemError) -> File {
    var identity = cl_file_identity()
    guard cl_file_identity(path, &identity) == 0 else { throw SystemError(call: "statx \(path)", code: errno) }
    return File(device: identity.device, inode: identity.inode, mount: identity.mount)
  }

  private static func label(_ path: String) throws(SystemError) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      // A kernel without security modules has no such file.
      guard errno == ENOENT else { throw SystemError(call: "open \(path)", code: errno) }
      return nil
    }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
    guard count >= 0 else {
      // None of those that are loaded gives labels.
      guard errno == EINVAL else { throw SystemError(call: "read \(path)", code: errno) }
      return nil
    }
    let text = String(decoding: buffer[..<count].prefix { $0 != 0 && $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return text.isEmpty || text == "unconfined" ? nil : text
  }
}

/// The process that connected a socket, as it is now.
///
/// Its number cannot have gone over to another: it is held from the accepting on, by the socket itself where the kernel
/// answers SO_PEERPIDFD, and by a descriptor of this value elsewhere.
package struct PeerProcess: ~Copyable {
  package enum Sight: Equatable, Sendable {
    case seen(ProcessView)
    /// It has ended, or is not one that this process knows by a number.
    case gone
    /// It runs, and cannot be looked at.
    case hidden(errno: Int32)
  }

  /// -1 where the socket is asked.
  private let held: Int32

  /// - Parameters:
  ///   - peer: of `socket`, which was accepted just now.
  ///   - asksSocket: false for what is done on kernels before Linux 6.5.
  package init(of socket: borrowing UnixSocket, _ peer: PeerIdentity, asksSocket: Bool = true) {
    guard asksSocket else {
      held = cl_pidfd_open(pid_t(bitPattern: peer.pid))
      return
    }
    let asked = cl_peer_pidfd(socket.descriptor)
    let isUnknown = asked < 0 && errno == ENOPROTOOPT
    if asked >= 0 { close(asked) }
    held = isUnknown ? cl_pidfd_open(pid_t(bitPattern: peer.pid)) : -1
  }

  deinit { if held >= 0 { close(held) } }

  /// What the process can see. The answer was true at a moment of this call at which the process ran.
  package borrowing func look(_ socket: borrowing UnixSocket, _ peer: PeerIdentity) -> Sight {
    // 0: it is in a PID namespace that this process does not see into.
    guard peer.pid != 0 else { return .gone }
    let asked = held < 0 ? cl_peer_pidfd(socket.descriptor) : -1
    defer { if asked >= 0 { close(asked) } }
    let process = held < 0 ? asked : held
    guard process >= 0 else { return .gone }
    let view: Result<ProcessView, SystemError>
    do throws(SystemError) {
      view = .success(try ProcessView(process: "/proc/\(peer.pid)"))
    } catch { view = .failure(error) }
    // As long as it runs its number is its own, so that what was read before is about it.
    guard cl_pidfd_has_ended(process) == 0 else { return .gone }
    switch view {
    case .success(let view): return .seen(view)
    case .failure(let error): return error.code == ESRCH ? .gone : .hidden(errno: error.code)
    }
  }
}
