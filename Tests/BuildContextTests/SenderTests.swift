import BuildContext
import Testing

/// An archive of a directory has the directory's digest, whichever program made it.
struct SenderTests {
  private static let python = """
    python3 -c 'import sys, tarfile
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.%) as archive: archive.add(".")'
    """

  private static let senders: [(name: String, command: String)] = [
    ("GNU tar", "tar -c ."),
    ("GNU tar, pax", "tar -c --format=pax ."),
    ("GNU tar, in the order of names", "tar -c --sort=name ."),
    ("GNU tar, ustar", "tar -c --format=ustar ."),
    ("GNU tar, without ./", "tar -c $(ls -A)"),
    ("GNU tar, in large blocks", "tar -c -b 2000 ."),
    ("GNU tar, owners by name", "tar -c --owner=nobody --group=nogroup ."),
    ("busybox", "busybox tar -c ."),
    ("Python, ustar", python.replacing("%", with: "USTAR_FORMAT")),
    ("Python, GNU", python.replacing("%", with: "GNU_FORMAT")),
    ("Python, pax", python.replacing("%", with: "PAX_FORMAT")),
  ]

  /// All that ustar can hold.
  private func tree() throws -> TemporaryTree {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    try tree.file(".dockerignore", "# nothing\n")
    try tree.directory("d", mode: 0o1777)
    try tree.directory("d/empty", mode: 0o700)
    try tree.file("d/x", "hello\n", mode: 0o4755)
    try tree.hardLink("d/y", to: "d/x")
    try tree.hardLink("0", to: "d/x")
    try tree.link("d/l", to: "../../outside")
    try tree.fifo("pipe", mode: 0o620)
    try tree.file("none", mode: 0o444)
    try tree.file("block", bytes: [UInt8](repeating: 1, count: 512))
    try tree.file("large", bytes: (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) })
    let long = String(repeating: "n", count: 90)
    try tree.directory(long)
    try tree.file("\(long)/\(long)", "long")
    try tree.link("long", to: String(repeating: "t", count: 99))
    return tree
  }

  @Test(arguments: senders, [ContextWalker.classic, .buildKit])
  func archiveHasTheDigestOfItsDirectory(sender: (name: String, command: String), walker: ContextWalker) throws {
    let tree = try tree()
    let expected = try tree.snapshot(walker)
    let archive = Shell.output(of: "cd '\(tree.root)' && \(sender.command)")
    try #require(archive.status == 0)
    let received = try receive(archive.bytes, pieceSize: 9_999).snapshot(walker)
    #expect(received.manifest == expected.manifest)
    #expect(received.digest == expected.digest)
    // Times too are in all of them.
    #expect(try received.tar() == expected.tar())
  }
}
