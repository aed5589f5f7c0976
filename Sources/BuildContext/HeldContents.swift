internal import Synchronization

/// The files of a measured tree that are held, until somebody sends them.
final class HeldContents: Sendable {
  private let files: Mutex<[HeldFile]>

  /// - Parameter files: in any order.
  init(_ files: consuming [HeldFile]) {
    files.sort { $0.entry < $1.entry }
    self.files = Mutex(files)
  }

  /// Those of them that nobody has taken yet, in the order of the table. Their memory is the caller's from here on.
  func take() -> [HeldFile] {
    files.withLock { files in
      defer { files = [] }
      return files
    }
  }
}
