import CLinux
import Glibc

@testable import BuildContext

/// A directory most of whose files have not changed for a minute, as those that a test makes cannot: the one that this
/// file is in.
enum RestedTree {
  static let path = String(#filePath.dropLast("/RestedTree.swift".count))

  /// Whether at least this file has rested, and on a filesystem whose times can be relied on.
  static let isThere: Bool = {
    let descriptor = open(#filePath, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    guard cl_keeps_reliable_times(descriptor) == 1, let status = try? FileStatus(of: descriptor) else { return false }
    return status.hasRested(FileDigestTable.restingTime, at: .now)
  }()

  static func snapshot(room: ContentRoom) throws -> ContextSnapshot {
    let dockerfile = Array("FROM scratch\n".utf8)
    return try ContextSnapshot(
      measuring: ContextSource(root: path, dockerfileText: dockerfile, walker: .buildKit), room: room)
  }
}
