internal import CLinux
internal import Glibc

/// The root of a context, open. Everything below it is opened from here, along paths without symbolic links.
struct RootDirectory: ~Copyable {
  /// As it was given.
  let path: String
  let descriptor: OwnedDescriptor
  let status: FileStatus

  init(path: String) throws(ContextError) {
    guard path.utf8.first == LexicalPath.slash, !path.utf8.contains(0) else { throw .notFound(path: path) }
    let raw = cl_open_directory(path)
    guard raw >= 0 else {
      let error = SystemError.current
      switch error.errno {
      case ENOENT: throw .notFound(path: path)
      case ENOTDIR: throw .notADirectory(path: path)
      default: throw .unreadable(path: ".", errno: error.errno)
      }
    }
    let opened = OwnedDescriptor(owning: raw)
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: raw) } catch { throw error.at([]) }
    try Self.refuseKernelFilesystem(raw, path: [])
    self.path = path
    descriptor = opened
    self.status = status
  }

  /// - Parameter path: empty for the root.
  func openDirectory(_ path: some Collection<UInt8>) throws(ContextError) -> OwnedDescriptor {
    try open(path.isEmpty ? [UInt8(ascii: ".")] : Array(path), flags: O_RDONLY | O_DIRECTORY | O_NONBLOCK)
  }

  /// Opens what may be a regular file for reading; never waits for the writer of a fifo.
  func openFile(_ path: some Collection<UInt8>) throws(ContextError) -> OwnedDescriptor {
    try open(Array(path), flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
  }

  private func open(_ path: [UInt8], flags: Int32) throws(ContextError) -> OwnedDescriptor {
    let raw = ContextPath.withTerminated(path[...]) { cl_open_beneath(descriptor.raw, $0, flags) }
    guard raw >= 0 else { throw SystemError.current.at(path) }
    return OwnedDescriptor(owning: raw)
  }

  static func refuseKernelFilesystem(_ raw: Int32, path: [UInt8]) throws(ContextError) {
    switch cl_is_on_kernel_filesystem(raw) {
    case 0: return
    case 1: throw .forbiddenFilesystem(path: ContextPath.text(path))
    default: throw SystemError.current.at(path)
    }
  }
}
