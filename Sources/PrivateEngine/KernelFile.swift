import Glibc

/// Reads files of proc(5), which tell no size.
enum KernelFile {
  /// The first `limit` bytes of the file; nil where it, or the process it tells of, is gone.
  static func contents(of path: String, limit: Int) throws(PrivateEngineError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      guard isGone(errno) else { throw .system(call: "open", path: path, errno: errno) }
      return nil
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while bytes.count < limit {
      let count = read(descriptor, &chunk, min(chunk.count, limit - bytes.count))
      if count < 0 {
        if errno == EINTR { continue }
        guard isGone(errno) else { throw .system(call: "read", path: path, errno: errno) }
        return nil
      }
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return bytes
  }

  /// EINVAL: a process that ended has no mount namespace to read.
  private static func isGone(_ errno: Int32) -> Bool { errno == ENOENT || errno == ESRCH || errno == EINVAL }
}
