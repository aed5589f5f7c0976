import Glibc

/// Streams recorded from Docker Engine 20.10.24, the chunked framing of the bodies removed.
enum Fixture {
  static let bodies = [
    "buildkit-bad-dockerfile", "buildkit-copy-missing", "buildkit-log-clipped", "buildkit-multistage-cached",
    "buildkit-multistage-ok", "buildkit-nonutf8-cr-ansi", "buildkit-quiet", "buildkit-run-exit7",
    "buildkit-secret-no-session", "classic-bad-dockerfile", "classic-copy-missing", "classic-multistage-cached",
    "classic-multistage-ok", "classic-nonutf8-cr-ansi", "classic-run-exit7", "classic-unused-arg-warning",
  ]

  struct Unreadable: Error { let path: String }

  static func read(_ name: String) throws -> [UInt8] {
    // Beside this file, wherever the package was built.
    let directory = "\(#filePath)".split(separator: "/").dropLast().joined(separator: "/")
    let path = "/\(directory)/Fixtures/engine-20.10/\(name)"
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
}
