internal import Glibc

/// Which socket a path stands for. An Engine that is started again, or another in its place, binds a new one there.
package struct SocketFile: Sendable, Equatable {
  private let device: UInt64
  private let inode: UInt64
  /// Of the binding: connections, owners and modes leave it as it is. Tells files apart that got the same inode.
  private let boundSeconds: Int
  private let boundNanoseconds: Int

  /// nil where there is nothing that can be looked at.
  package init?(at path: String) {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    device = UInt64(info.st_dev)
    inode = UInt64(info.st_ino)
    boundSeconds = info.st_mtim.tv_sec
    boundNanoseconds = info.st_mtim.tv_nsec
  }
}
