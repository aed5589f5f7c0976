import SwiftDockTestSupport

/// A directory to be built: a Dockerfile, and the machine's busybox, which is all that a step needs.
final class ContextTree {
  let directory: TestDirectory
  var path: String { directory.path }

  /// - Parameter dockerfile: the whole text; nil for none.
  init(dockerfile: String?) throws {
    directory = try TestDirectory()
    if let dockerfile { try directory.write("Dockerfile", dockerfile) }
  }

  /// An image whose steps have busybox as their shell. No other tree's steps are found in the Engine's cache in their
  /// place.
  convenience init(steps: String) throws {
    let number = UInt64.random(in: 0 ... .max)
    try self.init(dockerfile: "FROM scratch\nCOPY busybox /bin/sh\nENV TREE=\(number)\n\(steps)\n")
    try directory.write("busybox", HostFiles.bytes(of: "/bin/busybox"), mode: 0o755)
  }
}
