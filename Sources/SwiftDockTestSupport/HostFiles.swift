internal import Glibc

/// Files of the machine that tests read.
package enum HostFiles {
  /// - Throws: where it cannot be opened or read.
  package static func bytes(of path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ProgramFailure("open \(path): errno \(errno)") }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 256 << 10)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      guard count >= 0 else { throw ProgramFailure("read \(path): errno \(errno)") }
      guard count > 0 else { return content }
      content += chunk[..<count]
    }
  }

  package static func text(of path: String) throws -> String { String(decoding: try bytes(of: path), as: UTF8.self) }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
