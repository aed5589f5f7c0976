import Glibc

/// What dockerd writes to its standard output and error, from its start on.
enum EngineLog {
  private static let tailBytes = 8192
  private static let tailLines = 8
  private static let lineBytes = 500

  /// An empty log, open for appending. The caller closes it.
  static func create(_ path: String) throws(PrivateEngineError) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system(call: "open", path: path, errno: errno) }
    return descriptor
  }

  /// The last lines, cut to a length that fits into an error message; nothing where there is no log.
  static func tail(_ path: String) -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    let size = lseek(descriptor, 0, SEEK_END)
    var bytes = [UInt8](repeating: 0, count: tailBytes)
    let count = pread(descriptor, &bytes, bytes.count, max(0, size - off_t(tailBytes)))
    guard count > 0 else { return [] }
    return bytes[..<count].split(separator: UInt8(ascii: "\n")).suffix(tailLines).map { line in
      // Control characters could reach a terminal.
      String(decoding: line.prefix(lineBytes).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    }
  }
}
