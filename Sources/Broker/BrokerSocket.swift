internal import EventLoop
internal import Glibc

/// Why the broker cannot listen at its path.
package enum BrokerSocketError: Error, Equatable, CustomStringConvertible {
  /// Another broker holds the lock or answers on the socket.
  case alreadyRunning(path: String)
  /// Longer than `sun_path` holds, unix(7).
  case pathTooLong(path: String, bytes: Int)
  case notADirectory(path: String)
  /// Somebody else could replace the socket.
  case directoryNotPrivate(path: String, mode: UInt32, owner: UInt32)
  /// A socket that was handed over, with a mode that lets others connect.
  case socketNotPrivate(path: String, mode: UInt32)
  case system(call: String, path: String, errno: Int32)

  package var description: String {
    switch self {
    case .alreadyRunning(let path): "another broker listens at \(path); end it first or pass another --socket"
    case .pathTooLong(let path, let bytes):
      "the socket path \(path) has \(bytes) bytes, \(UnixSocket.pathLimit) are possible; pass a shorter --socket"
    case .notADirectory(let path): "\(path) is not a directory"
    case .directoryNotPrivate(let path, let mode, let owner):
      "\(path) has mode 0\(String(mode, radix: 8)) and owner \(owner): others could replace the socket; chmod 0700 it or pass another --socket"
    case .socketNotPrivate(let path, let mode):
      "the socket \(path) that was handed over has mode 0\(String(mode, radix: 8)): others could connect; give it 0600 (SocketMode=0600)"
    case .system(let call, let path, let errno): "\(call) \(path): \(Errno.text(errno))"
    }
  }
}

/// The listening socket of a broker for one user: its directory 0700, the socket 0600, and a lock beside it which says
/// that a broker lives here.
///
/// Only the holder of the lock removes a socket that was left behind. The socket appears under its name complete (bound
/// under another one, then renamed), and goes with this value if it is still the one that this value made.
struct BrokerSocket: ~Copyable {
  let path: String
  let listener: UnixSocket
  private let lock: FileLock
  /// nil where the file is somebody else's to remove.
  private let identity: (device: UInt64, inode: UInt64)?

  /// Makes the directory (and those above it) where it is missing.
  init(path: String) throws(BrokerSocketError) {
    let bytes = path.utf8.count
    // The temporary name is longer than the path itself.
    guard bytes + Self.temporarySuffix.utf8.count <= UnixSocket.pathLimit else {
      throw .pathTooLong(path: path, bytes: bytes)
    }
    try Self.prepare(directory: Self.parent(of: path))
    let lock = try Self.lock(path + ".lock", for: path)
    try Self.removeStale(path)
    let temporary = path + Self.temporarySuffix
    unlink(temporary)
    let listener = try Self.listen(at: temporary)
    var info = stat()
    guard chmod(temporary, 0o600) == 0, lstat(temporary, &info) == 0, rename(temporary, path) == 0 else {
      let code = errno
      unlink(temporary)
      throw .system(call: "rename", path: path, errno: code)
    }
    self.lock = lock
    self.listener = listener
    self.path = path
    identity = (UInt64(info.st_dev), UInt64(info.st_ino))
  }

  /// Takes over a socket that listens already, as a service manager hands it to what it starts for it.
  ///
  /// - Parameter descriptor: owned by this value from now on. Its file stays when this value goes.
  init(inherited descriptor: Int32) throws(BrokerSocketError) {
    let listener = UnixSocket(owning: descriptor)
    let path = try Self.path(of: listener)
    try Self.prepare(directory: Self.parent(of: path))
    var info = stat()
    guard lstat(path, &info) == 0 else { throw .system(call: "lstat", path: path, errno: errno) }
    guard info.st_mode & 0o077 == 0 else { throw .socketNotPrivate(path: path, mode: info.st_mode & 0o7777) }
    self.lock = try Self.lock(path + ".lock", for: path)
    self.listener = listener
    self.path = path
    identity = nil
  }

  private static func path(of listener: borrowing UnixSocket) throws(BrokerSocketError) -> String {
    do throws(SystemError) {
      try listener.becomeOwn()
      return try UnixSocket.path(ofListener: listener.descriptor)
    } catch { throw .system(call: error.call, path: "on the socket that was handed over", errno: error.code) }
  }

  private static func listen(at path: String) throws(BrokerSocketError) -> UnixSocket {
    do throws(SystemError) { return try UnixSocket.listening(at: path, mode: 0o600) } catch {
      throw .system(call: "bind", path: path, errno: error.code)
    }
  }

  deinit {
    guard let identity else { return }
    var info = stat()
    if lstat(path, &info) == 0, UInt64(info.st_dev) == identity.device, UInt64(info.st_ino) == identity.inode {
      unlink(path)
    }
  }

  private static let temporarySuffix = ".new"

  static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
  }

  private static func prepare(directory: String) throws(BrokerSocketError) {
    try makeDirectories(directory)
    var info = stat()
    guard stat(directory, &info) == 0 else { throw .system(call: "stat", path: directory, errno: errno) }
    guard info.st_mode & S_IFMT == S_IFDIR else { throw .notADirectory(path: directory) }
    guard info.st_uid == geteuid() || info.st_uid == 0, info.st_mode & 0o022 == 0 else {
      throw .directoryNotPrivate(path: directory, mode: info.st_mode & 0o7777, owner: info.st_uid)
    }
  }

  /// An existing directory is left as it is; new ones are 0700.
  private static func makeDirectories(_ path: String) throws(BrokerSocketError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, path != "/", path != "." else { throw .system(call: "mkdir", path: path, errno: errno) }
    try makeDirectories(parent(of: path))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system(call: "mkdir", path: path, errno: errno) }
  }

  private static func lock(_ lockPath: String, for path: String) throws(BrokerSocketError) -> FileLock {
    do throws(SystemError) { return try FileLock(path: lockPath) } catch {
      if error.code == EWOULDBLOCK { throw .alreadyRunning(path: path) }
      throw .system(call: error.call, path: lockPath, errno: error.code)
    }
  }

  /// A socket that still answers belongs to a live broker, though its lock file is not this one.
  private static func removeStale(_ path: String) throws(BrokerSocketError) {
    switch Self.connectionErrno(path) {
    case ENOENT: return
    case ECONNREFUSED: break
    // EAGAIN: its backlog is full, so that somebody listens.
    case nil, EAGAIN: throw .alreadyRunning(path: path)
    case let code?: throw .system(call: "connect", path: path, errno: code)
    }
    // A file that is no socket also refuses connections, and is not ours to remove.
    var info = stat()
    guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFSOCK else {
      throw .system(call: "bind", path: path, errno: EADDRINUSE)
    }
    guard unlink(path) == 0 else { throw .system(call: "unlink", path: path, errno: errno) }
  }

  /// Why nobody answers at `path`; nil where somebody does.
  private static func connectionErrno(_ path: String) -> Int32? {
    do throws(SystemError) {
      _ = try UnixSocket.connected(to: path)
      return nil
    } catch { return error.code }
  }
}
