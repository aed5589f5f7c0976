import BuildContext
import CLinux
import Glibc

/// A directory whose files have most likely not changed for a minute, as those that a test makes cannot: this one's own.
enum RestedTree {
  static let path = String(#filePath.dropLast("/RestedTree.swift".count))

  /// Whether its filesystem is one whose times can be relied on.
  static let isThere: Bool = {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return cl_keeps_reliable_times(descriptor) == 1
  }()

  static func snapshot(room: ContentRoom) throws -> ContextSnapshot {
    let dockerfile = Array("FROM scratch\n".utf8)
    return try ContextSnapshot(
      measuring: ContextSource(root: path, dockerfileText: dockerfile, walker: .buildKit), room: room)
  }
}
