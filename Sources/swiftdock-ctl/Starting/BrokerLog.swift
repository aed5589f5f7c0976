internal import Glibc

/// The file that a broker without a terminal writes its log to: `swiftdockd.log` in its state directory, mode 0600. One
/// that has grown large is kept as `swiftdockd.log.1` when the next broker starts, in place of the one before.
struct BrokerLog: ~Copyable {
  private static let limit: off_t = 1 << 20
  /// What a message about a failed start shows.
  private static let shownLines = 10
  private static let shownBytes = 4096

  let descriptor: Int32
  private let path: String
  /// Of the file when this broker started.
  private let start: off_t

  /// - Parameter directory: made where it is missing, with mode 0700.
  init(in directory: String) throws(ProgramError) {
    try Self.makeDirectories(directory)
    let path = directory + "/swiftdockd.log"
    var info = stat()
    if lstat(path, &info) == 0, info.st_size > Self.limit { rename(path, path + ".1") }
    let opened = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard opened >= 0 else {
      throw .noStart("Cannot start a broker: cannot open \(path): \(LocalFile.text(of: errno)).")
    }
    defer { close(opened) }
    // Where this program has no standard input the file would have got its number, which the daemon needs for its own.
    let descriptor = fcntl(opened, F_DUPFD_CLOEXEC, 3)
    guard descriptor >= 0 else {
      throw .noStart("Cannot start a broker: fcntl: \(LocalFile.text(of: errno)).")
    }
    self.path = path
    self.descriptor = descriptor
    start = max(0, lseek(descriptor, 0, SEEK_END))
  }

  deinit { close(descriptor) }

  /// The text with the last lines of the log behind it.
  func explanation(_ text: String) -> String {
    let end = lseek(descriptor, 0, SEEK_END)
    var bytes = [UInt8](repeating: 0, count: Self.shownBytes)
    let count = bytes.withUnsafeMutableBytes {
      pread(descriptor, $0.baseAddress, $0.count, max(start, end - off_t($0.count)))
    }
    let lines = String(decoding: bytes[..<max(0, count)], as: UTF8.self).split(separator: "\n").suffix(Self.shownLines)
    return ([text] + lines.map { "  " + $0 } + ["See its log: \(path)"]).joined(separator: "\n")
  }

  private static func makeDirectories(_ path: String) throws(ProgramError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw .noStart("Cannot start a broker: cannot make \(path): \(LocalFile.text(of: errno)).")
    }
    try makeDirectories(String(path[..<slash]))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw .noStart("Cannot start a broker: cannot make \(path): \(LocalFile.text(of: errno)).")
    }
  }
}
