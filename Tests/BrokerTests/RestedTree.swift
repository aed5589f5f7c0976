import BuildContext
import CLinux
import Glibc

/// A directory most of whose files have not changed for a minute, as those that a test makes cannot: the one that this
/// file is in.
enum RestedTree {
  static let path = String(#filePath.dropLast("/RestedTree.swift".count))

  /// Whether at least this file has rested, and on a filesystem whose times can be relied on.
  static let isThere: Bool = {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var status = stat()
    guard cl_keeps_reliable_times(descriptor) == 1, stat(#filePath, &status) == 0 else { return false }
    return max(status.st_mtim.tv_sec, status.st_ctim.tv_sec) < time(nil) - 61
  }()

  static func snapshot(room: ContentRoom) throws -> ContextSnapshot {
    let dockerfile = Array("FROM scratch\n".utf8)
    return try ContextSnapshot(
      measuring: ContextSource(root: path, dockerfileText: dockerfile, walker: .buildKit), room: room)
  }
}
