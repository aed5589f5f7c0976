internal import Glibc

/// Reading what this program needs to see of the machine it runs on.
enum LocalFile {
  /// The bytes of a file or stream, or nil where it cannot be read or holds more than `limit`.
  static func read(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return read(descriptor, limit: limit)
  }

  static func read(_ descriptor: Int32, limit: Int) -> [UInt8]? {
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0, content.count + count <= limit else { return nil }
      guard count > 0 else { return content }
      content.append(contentsOf: chunk[..<count])
    }
  }

  /// The path with every symbolic link resolved.
  static func resolve(_ path: String) throws(ProgramError) -> String {
    guard let resolved = realpath(path, nil) else {
      throw .local("Cannot use \(path): \(text(of: errno)).")
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  static func text(of errno: Int32) -> String { String(cString: strerror(errno)) }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
