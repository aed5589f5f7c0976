internal import Glibc

/// A regular file of a tree, open for reading.
struct RegularFile: ~Copyable {
  let descriptor: OwnedDescriptor
  /// As it was when the file was opened.
  let status: FileStatus
}

extension RootDirectory {
  /// Never waits for the writer of a fifo.
  func openRegularFile(_ path: [UInt8]) throws(ContextError) -> RegularFile {
    let file = try openFile(path)
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: file.raw) } catch { throw error.at(path) }
    guard status.type == .regular else {
      throw .unreadable(path: ContextPath.text(path), errno: status.type == .directory ? EISDIR : EINVAL)
    }
    return RegularFile(descriptor: file, status: status)
  }
}
