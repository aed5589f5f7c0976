internal import Synchronization

/// Bounds the memory in which the contents of small files wait, once they were measured, to be sent without being read
/// again. Shared by all measurements of a process.
package final class ContentRoom: Sendable {
  /// Enough for contexts as most are, and some of a large one.
  package static let usualLimit = 24 << 20

  /// The part of what is left that one file may take: the less there is, the smaller are the files that it is spent on,
  /// as opening a file takes longer than reading a small one.
  private static let share = 512

  /// Blocks that are not taken.
  private let left: Mutex<Int>

  /// - Parameter byteLimit: rounded down to whole blocks of 2 MiB.
  package init(byteLimit: Int) {
    left = Mutex(byteLimit / ContentBlock.size)
  }

  /// What is not taken.
  package var freeBytes: Int { left.withLock { $0 } * ContentBlock.size }

  /// nil where no room is left, or the system has no memory to give.
  func takeBlock() -> ContentBlock? {
    let left = left.withLock { left in
      defer { left = max(left - 1, 0) }
      return left
    }
    guard left > 0 else { return nil }
    let fileLimit = min(left * ContentBlock.size / Self.share, ContentBlock.size - ContentHolder.fileCharge)
    guard let block = ContentBlock(of: self, fileLimit: fileLimit) else {
      giveBack()
      return nil
    }
    return block
  }

  /// To be called by a block that ends.
  func giveBack() {
    left.withLock { $0 += 1 }
  }
}
