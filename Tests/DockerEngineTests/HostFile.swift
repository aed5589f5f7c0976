import Glibc

/// Files of the machine that the tests run on.
enum HostFile {
  struct Unreadable: Error { let path: String }

  static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Whether any process has that argument.
  static func isRunning(argument: String) throws -> Bool {
    guard let directory = opendir("/proc") else { throw Unreadable(path: "/proc") }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      // A process may end while it is looked at.
      guard Int(name) != nil, let line = try? read("/proc/\(name)/cmdline") else { continue }
      if line.split(separator: 0).contains(where: { $0.elementsEqual(argument.utf8) }) { return true }
    }
    return false
  }
}
