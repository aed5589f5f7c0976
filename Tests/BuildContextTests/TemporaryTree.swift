import CLinux
import Glibc
import Testing

@testable import BuildContext

/// A directory of a test's own, removed with this value.
final class TemporaryTree {
  /// Whether /var/tmp is on a filesystem whose times can be relied on.
  static let isOnDisk: Bool = {
    let descriptor = open("/var/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(descriptor) }
    return cl_keeps_reliable_times(descriptor) == 1
  }()

  let root: String
  /// Which removes this one with itself.
  private let parent: TemporaryTree?

  init(below place: String = "/tmp") throws {
    var template = Array("\(place)/swiftdock-context-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap(mkdtemp).map { String(cString: $0) }
    }
    root = try #require(made)
    parent = nil
    try #require(chmod(root, 0o755) == 0)
  }

  /// A new directory in another tree.
  init(in parent: TemporaryTree, _ name: String) throws {
    root = parent.path(name)
    self.parent = parent
    try parent.directory(name)
  }

  deinit {
    guard parent == nil else { return }
    _ = Shell.output(of: "chmod -R u+rwx '\(root)'; rm -rf '\(root)'")
  }

  func path(_ name: String) -> String { "\(root)/\(name)" }

  /// Of what the name is itself, also where that is a link.
  func status(_ name: String) throws -> FileStatus {
    try FileStatus(of: Array(path(name).utf8)[...], in: AT_FDCWD)
  }

  func file(_ name: String, _ text: String = "", mode: mode_t = 0o644) throws {
    try file(name, bytes: Array(text.utf8), mode: mode)
  }

  func file(_ name: String, bytes: [UInt8], mode: mode_t = 0o644) throws {
    let descriptor = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0, "\(name): \(String(cString: strerror(errno)))")
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      try #require(count > 0)
      written += count
    }
    try #require(fchmod(descriptor, mode) == 0)
  }

  /// Writes it until it has changed later than then: the clock that these times come from stands still for some
  /// milliseconds.
  func file(_ name: String, bytes: [UInt8] = [], changedAfter last: FileStatus.Time) throws {
    repeat { try file(name, bytes: bytes) } while try status(name).changed <= last
  }

  func directory(_ name: String, mode: mode_t = 0o755) throws {
    try #require(mkdir(path(name), 0o700) == 0 && chmod(path(name), mode) == 0, "\(name)")
  }

  func link(_ name: String, to target: String) throws {
    try #require(symlink(target, path(name)) == 0)
  }

  func hardLink(_ name: String, to first: String) throws {
    try #require(Glibc.link(path(first), path(name)) == 0)
  }

  func fifo(_ name: String, mode: mode_t = 0o644) throws {
    try #require(mkfifo(path(name), 0o600) == 0 && chmod(path(name), mode) == 0)
  }

  func remove(_ name: String) throws {
    try #require(Glibc.remove(path(name)) == 0)
  }

  func setTime(_ name: String, seconds: Int) throws {
    var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
    try #require(utimensat(AT_FDCWD, path(name), &times, AT_SYMLINK_NOFOLLOW) == 0)
  }
}

/// The system's own tools, as second witnesses.
enum Shell {
  struct Output: Equatable {
    var status: Int32
    var bytes: [UInt8]
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  static func output(of command: String) -> Output {
    guard let stream = popen(command, "re") else { return Output(status: -1, bytes: []) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&buffer, 1, buffer.count, stream)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return Output(status: pclose(stream), bytes: bytes)
  }
}

/// cap_net_raw, permitted and effective, in the second revision (capabilities(7)).
/// - Returns: what it is, in hexadecimal.
@discardableResult
func setCapability(of path: String) throws -> String {
  let hex = "0100000200200000" + String(repeating: "0", count: 24)
  let script = "import os; os.setxattr('\(path)', 'security.capability', bytes.fromhex('\(hex)'))"
  try #require(Shell.output(of: "python3 -c \"\(script)\"").status == 0)
  return hex
}
