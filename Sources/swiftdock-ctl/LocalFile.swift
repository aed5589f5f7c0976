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

  /// Writes all of it. False with `errno` where that is not possible.
  static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { write($0, to: descriptor) }
  }

  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }

  /// The path of a program that `PATH` has.
  static func program(_ name: String) -> String? {
    let directories = (environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    return directories.lazy.map { "\($0)/\(name)" }.first { path in
      var info = stat()
      return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
  }

  /// The path with every symbolic link resolved.
  static func resolve(_ path: String) throws(ProgramError) -> String {
    guard let target = target(of: path) else { throw .local("Cannot use \(path): \(text(of: errno)).") }
    return target
  }

  /// As `resolve`; nil with `errno` where there is nothing.
  static func target(of path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  static func text(of errno: Int32) -> String { String(cString: strerror(errno)) }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
