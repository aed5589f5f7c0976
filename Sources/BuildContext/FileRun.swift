/// Regular files of one directory in the order of the table, to be read by any thread.
struct FileRun: Sendable {
  /// More would leave threads idle at the end.
  static let fileLimit = 64
  static let byteLimit: Int64 = 1 << 20

  struct File {
    let entry: EntryTable.Offset
    fileprivate let name: Range<Int>
    /// As the walk found it; then as it was while it was read.
    var status: FileStatus
    /// As the walk found it.
    let sizeFound: Int64
    /// Whether it had rested then, where times can be relied on.
    let isRested: Bool
    var digest: ContextDigest?
  }

  /// The error of one of the files; those behind it were not read.
  struct Failure {
    let entry: EntryTable.Offset
    let error: ContextError
  }

  /// Path from the root.
  let directory: [UInt8]
  private(set) var names: [UInt8] = []
  var files: [File] = []
  /// Of their contents, as the walk found them.
  private(set) var bytes: Int64 = 0

  // MARK: What reading tells

  /// By the clock of the system, before the first file was opened.
  var readingBegan = FileStatus.Time(seconds: 0, nanoseconds: 0)
  /// Of the few files that have one, by their index in `files`.
  var capabilities: [Int: [UInt8]] = [:]
  /// Those whose contents are held, by their index in `files`.
  var held: [(index: Int, place: HeldFile.Place)] = []
  var failure: Failure?

  init(directory: [UInt8]) {
    self.directory = directory
  }

  mutating func append(
    _ name: UnsafeBufferPointer<UInt8>, entry: EntryTable.Offset, status: FileStatus, isRested: Bool
  ) {
    let start = names.count
    names.append(contentsOf: name)
    files.append(
      File(entry: entry, name: start..<names.count, status: status, sizeFound: status.size, isRested: isRested))
    bytes += min(status.size, .max - bytes)
  }

  func name(of file: File) -> ArraySlice<UInt8> { names[file.name] }

  func path(of file: File) -> [UInt8] {
    directory.isEmpty ? Array(name(of: file)) : directory + [LexicalPath.slash] + name(of: file)
  }
}
