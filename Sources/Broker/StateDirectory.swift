internal import EventLoop
internal import Glibc

/// Why the broker cannot keep its files where it should.
package enum StateDirectoryError: Error, Equatable, CustomStringConvertible {
  case system(call: String, path: String, errno: Int32)
  case notPrivate(path: String)
  /// Another broker uses it.
  case inUse(path: String)

  package var description: String {
    switch self {
    case .system(let call, let path, let errno):
      "\(call) \(path): \(Errno.text(errno)); pass another --state-dir"
    case .notPrivate(let path):
      "\(path) is not a directory that only this user can write; chmod 0700 it or pass another --state-dir"
    case .inUse(let path): "another broker uses \(path); end it first or pass another --state-dir"
    }
  }
}

/// The broker's directory: `logs/` with one log an execution, `spool/` for contexts that wait, `manifests/` with what
/// contexts held. All 0700. Locked as long as this value lives.
package struct StateDirectory: ~Copyable {
  package let path: String
  let logs: String
  let spool: String
  let manifests: String
  private let lock: FileLock

  /// Makes what is missing, and removes what an earlier broker left: nothing refers to its files.
  package init(_ path: String) throws(StateDirectoryError) {
    let logs = path + "/logs"
    let spool = path + "/spool"
    let manifests = path + "/manifests"
    for directory in [path, logs, spool, manifests] {
      try Self.make(directory)
      var info = stat()
      guard lstat(directory, &info) == 0, info.st_mode & S_IFMT == S_IFDIR, info.st_uid == geteuid(),
        info.st_mode & 0o022 == 0
      else { throw .notPrivate(path: directory) }
    }
    let lock = try Self.lock(path)
    try Self.empty(logs)
    try Self.empty(spool)
    try Self.empty(manifests)
    self.path = path
    self.logs = logs
    self.spool = spool
    self.manifests = manifests
    self.lock = lock
  }

  private static func lock(_ path: String) throws(StateDirectoryError) -> FileLock {
    do throws(SystemError) { return try FileLock(path: path + "/swiftdockd.lock") } catch {
      if error.code == EWOULDBLOCK { throw .inUse(path: path) }
      throw .system(call: error.call, path: path + "/swiftdockd.lock", errno: error.code)
    }
  }

  private static func make(_ path: String) throws(StateDirectoryError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash > path.utf8.startIndex else {
      throw .system(call: "mkdir", path: path, errno: errno)
    }
    try make(String(path[..<slash]))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system(call: "mkdir", path: path, errno: errno) }
  }

  /// Only files: nothing here makes directories in them.
  private static func empty(_ path: String) throws(StateDirectoryError) {
    guard let directory = opendir(path) else { throw .system(call: "opendir", path: path, errno: errno) }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlinkat(dirfd(directory), name, 0) }
    }
  }
}
