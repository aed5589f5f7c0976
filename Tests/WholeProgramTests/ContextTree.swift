import SwiftDockTestSupport

/// A directory to be built: a Dockerfile, and the machine's busybox, which is all that a step needs.
final class ContextTree {
  let directory: TestDirectory
  var path: String { directory.path }

  /// - Parameter dockerfile: the whole text; nil for none.
  init(dockerfile: String?) throws {
    directory = try TestDirectory()
    // What a builder is to keep of a directory's mode should not be what it makes by itself.
    if let dockerfile { try directory.write("Dockerfile", dockerfile) }
  }

  /// An image whose steps have busybox as their shell.
  convenience init(steps: String) throws {
    try self.init(dockerfile: "FROM scratch\nCOPY busybox /bin/sh\n\(steps)\n")
    try directory.write("busybox", HostFiles.bytes(of: "/bin/busybox"), mode: 0o755)
  }
}
