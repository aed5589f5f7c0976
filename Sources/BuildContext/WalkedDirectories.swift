/// The directories that a walk has listed, as long as how they look later can prove that they hold the same names.
///
/// A directory whose times lie a while back when it is listed gets other ones from whatever adds, removes or renames an
/// entry afterwards (inode(7)), on filesystems whose times can be relied on.
struct WalkedDirectories {
  private static let most = 1 << 14
  /// Bytes of all paths together.
  private static let pathLimit = 1 << 20

  private struct Directory {
    let status: FileStatus
    let pathEnd: Int
  }

  private let settlingSeconds: Int64
  private var paths: [UInt8] = []
  private var directories: [Directory] = []
  private var reliableTimes = ReliableTimes()
  /// Whether the tree holds nothing of which they tell too little.
  private(set) var areProof = true

  /// - Parameter settlingSeconds: how long ago the last change of a directory has to be. By default, longer than any clock
  ///   that files get their times from stands still.
  init(settlingSeconds: Int64 = 3) {
    self.settlingSeconds = settlingSeconds
  }

  /// To be called before the directory is listed: how long ago its last change is counts from here.
  /// - Parameters:
  ///   - path: from the root, free of symbolic links; empty for the root.
  ///   - descriptor: of the directory.
  mutating func append(_ path: [UInt8], _ status: FileStatus, descriptor: Int32) {
    guard areProof else { return }
    guard directories.count < Self.most, path.count <= Self.pathLimit - paths.count,
      status.hasRested(settlingSeconds, at: .now), reliableTimes.covers(status, of: descriptor)
    else { return forget() }
    paths += path
    directories.append(Directory(status: status, pathEnd: paths.count))
  }

  /// There is something in the tree that may change without its directory.
  mutating func forget() {
    areProof = false
    paths = []
    directories = []
  }

  /// Whether they prove that all names are what they were. False where they prove nothing, also because one of them cannot
  /// be looked at.
  func areUnchanged(in root: borrowing RootDirectory, interrupted: () -> Bool) throws(ContextError) -> Bool {
    guard areProof else { return false }
    var start = 0
    for directory in directories {
      if interrupted() { throw .interrupted }
      guard looksTheSame(directory, paths[start..<directory.pathEnd], in: root) else { return false }
      start = directory.pathEnd
    }
    return true
  }

  private func looksTheSame(
    _ directory: Directory, _ path: ArraySlice<UInt8>, in root: borrowing RootDirectory
  ) -> Bool {
    do {
      let opened = try root.openDirectory(path)
      return try FileStatus(of: opened.raw).isUnchanged(since: directory.status)
    } catch {
      return false
    }
  }
}
