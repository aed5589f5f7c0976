internal import Glibc

/// Memory for the contents of files, one behind another. It goes back to the system and to its room with this object.
final class ContentBlock: Sendable {
  /// That of a huge page, which the system makes and takes back much sooner than as many bytes in small ones.
  static let size = 2 << 20

  /// Bytes of the largest file that is worth the room.
  let fileLimit: Int
  // SAFETY: each part of it is written by the one thread that has taken the block, before any other is told of that part,
  // and never after.
  nonisolated(unsafe) let memory: UnsafeMutableRawBufferPointer
  private let room: ContentRoom

  /// nil where the system has no memory to give.
  init?(of room: ContentRoom, fileLimit: Int) {
    guard let start = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      start != MAP_FAILED
    else { return nil }
    // A wish only.
    madvise(start, Self.size, MADV_HUGEPAGE)
    memory = UnsafeMutableRawBufferPointer(start: start, count: Self.size)
    self.room = room
    self.fileLimit = fileLimit
  }

  deinit {
    munmap(memory.baseAddress, memory.count)
    room.giveBack()
  }
}
