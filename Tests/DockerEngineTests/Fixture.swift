/// Streams recorded from Docker Engine 20.10.24, the chunked framing of the bodies removed.
enum Fixture {
  static let bodies = [
    "buildkit-bad-dockerfile", "buildkit-copy-missing", "buildkit-log-clipped", "buildkit-multistage-cached",
    "buildkit-multistage-ok", "buildkit-nonutf8-cr-ansi", "buildkit-quiet", "buildkit-run-exit7",
    "buildkit-secret-no-session", "classic-bad-dockerfile", "classic-copy-missing", "classic-multistage-cached",
    "classic-multistage-ok", "classic-nonutf8-cr-ansi", "classic-run-exit7", "classic-unused-arg-warning",
  ]

  static func read(_ name: String) throws -> [UInt8] {
    // Beside this file, wherever the package was built.
    let directory = "\(#filePath)".split(separator: "/").dropLast().joined(separator: "/")
    return try HostFile.read("/\(directory)/Fixtures/engine-20.10/\(name)")
  }
}
