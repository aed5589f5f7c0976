import BuildContext
import Glibc
import Testing

/// Equal trees with equal times give equal archives, wherever and in whichever order they were made.
struct SameBytesTests {
  private func tree() throws -> TemporaryTree {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    try tree.file(".dockerignore", "*.log\n!keep.log\n")
    try tree.directory("d", mode: 0o1755)
    for number in 0..<200 { try tree.file("d/\(number * 7919 % 200)", "\(number)") }
    try tree.directory("empty", mode: 0o700)
    try tree.file("set-id", "x", mode: 0o6755)
    try tree.hardLink("a-name", to: "d/7")
    try tree.hardLink("z-name", to: "d/7")
    try tree.link("absolute", to: "/etc/passwd")
    try tree.link("dangling", to: "nowhere/é")
    try tree.fifo("pipe", mode: 0o640)
    for name in ["a.log", "keep.log", "é", "new\nline"] { try tree.file(name, name) }
    try tree.file("large", bytes: (0..<600_000).map { UInt8(truncatingIfNeeded: $0 / 11) })
    try tree.file("holes", "x")
    try #require(truncate(tree.path("holes"), 5 << 20) == 0)
    try tree.setTime("set-id", seconds: -1)
    try tree.setTime("d/7", seconds: 1 << 33)
    try tree.setTime("d", seconds: 1_700_000_000)
    return tree
  }

  /// On a disk and in memory, in other orders, of other users, with other holes.
  @Test(
    arguments: [
      ("/tmp", "cp -a \"$1/.\" \"$2\""),
      ("/dev/shm", "cp -a \"$1/.\" \"$2\""),
      ("/var/tmp", "cd \"$1\"; find . -mindepth 1 -maxdepth 1 -print0 | sort -zr | xargs -0 cp -a -t \"$2\" --"),
      ("/dev/shm", "tar -C \"$1\" -c --sort=name . | tar -C \"$2\" -xp"),
      ("/dev/shm", "cp -a \"$1/.\" \"$2\"; ! [ $(id -u) = 0 ] || chown -h 12:34 \"$2\"/[de]*"),
      ("/tmp", "cp -a --sparse=never \"$1/.\" \"$2\""),
      ("/tmp", "cp -a --sparse=always \"$1/.\" \"$2\""),
    ])
  func copiesGiveTheSameBytes(below: String, command: String) throws {
    let tree = try tree()
    let copy = try TemporaryTree(below: below)
    let copied = Shell.output(of: "sh -ec '\(command)' sh '\(tree.root)' '\(copy.root)' 2>&1")
    try #require(copied.status == 0, "\(copied.text)")
    for walker in [ContextWalker.classic, .buildKit] {
      let expected = try tree.snapshot(walker)
      let found = try copy.snapshot(walker)
      #expect(found.manifest == expected.manifest)
      #expect(try found.tar() == expected.tar())
    }
  }

  @Test func timesAreWholeSecondsRoundedDown() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    try tree.setTime("Dockerfile", seconds: 1_600_000_000)
    let expected = try tree.snapshot().tar()
    #expect(Shell.output(of: "touch -d @1600000000.999999999 '\(tree.path("Dockerfile"))'").status == 0)
    #expect(try tree.snapshot().tar() == expected)
  }
}
