import BuildContext
import Glibc
import Testing

struct ContextArchiveTests {
  private func oddTree() throws -> TemporaryTree {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    try tree.directory("a", mode: 0o1777)
    try tree.file("a/x", "hello\n", mode: 0o4755)
    try tree.hardLink("a/y", to: "a/x")
    try tree.link("a/z", to: "../../outside")
    try tree.fifo("pipe")
    try tree.file("empty")
    try tree.file("new\nline é", "1")
    try tree.file(String(repeating: "n", count: 150), "2")
    try tree.directory(String(repeating: "d", count: 90))
    try tree.file(String(repeating: "d", count: 90) + "/" + String(repeating: "f", count: 90), "3")
    try tree.file("block", bytes: [UInt8](repeating: 1, count: 512))
    try tree.file("large", bytes: [UInt8](repeating: 2, count: 700_000))
    for name in ["Dockerfile", "empty", "a"] { try tree.setTime(name, seconds: 1_600_000_000) }
    try tree.setTime("block", seconds: -7)
    return tree
  }

  @Test func systemTarUnpacksTheSameTree() throws {
    let tree = try oddTree()
    let snapshot = try tree.snapshot()
    let archive = try snapshot.tar()
    #expect(Int64(archive.count) == snapshot.tarSize)
    #expect(archive.suffix(1024).allSatisfy { $0 == 0 })
    let unpacked = try TemporaryTree()
    try unpacked.file("archive", bytes: archive)
    try unpacked.directory("tree")
    #expect(Shell.output(of: "cd '\(unpacked.root)' && tar xpf archive -C tree --warning=no-timestamp 2>&1").text == "")
    let again = try ContextSnapshot(measuring: ContextSource(root: unpacked.path("tree"), walker: .classic))
    #expect(again.manifest == snapshot.manifest)
    #expect(try again.tar() == archive)
  }

  @Test func equalTreesWithEqualTimesGiveEqualArchives() throws {
    let tree = try oddTree()
    #expect(try tree.snapshot().tar() == tree.snapshot().tar())
  }

  /// BuildKit reads the first 1,024 bytes only, and wants a whole header there.
  @Test func aFirstMemberWithAnExtendedHeaderStandsBehindAGlobalOne() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    let name = String(repeating: "A", count: 120)
    try tree.file(name)
    let snapshot = try tree.snapshot()
    let archive = try snapshot.tar()
    #expect(Int64(archive.count) == snapshot.tarSize)
    #expect(archive[156] == UInt8(ascii: "g"))
    #expect(archive[1024 + 156] == UInt8(ascii: "x"))
    try tree.file("archive", bytes: archive)
    #expect(Shell.output(of: "tar tf '\(tree.path("archive"))'").text == "\(name)\nDockerfile\n")
    try tree.remove("archive")
    try tree.remove(name)
    #expect(try tree.snapshot().tar()[156] == UInt8(ascii: "0"))
  }

  // MARK: - Changes after measuring

  private struct Change: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// What the error names.
    var path: String
    var apply: @Sendable (TemporaryTree) throws -> Void
  }

  private static let changes = [
    Change(testDescription: "other content of the same size", path: "f") { try $0.file("f", "2") },
    Change(testDescription: "shrunk", path: "f") { try $0.file("f", "") },
    Change(testDescription: "grown", path: "f") { try $0.file("f", "12") },
    Change(testDescription: "mode of a file", path: "f") { try $0.file("f", "1", mode: 0o600) },
    Change(testDescription: "mode of a directory", path: "d") { #expect(chmod($0.path("d"), 0o700) == 0) },
    Change(testDescription: "removed", path: "f") { try $0.remove("f") },
    Change(testDescription: "added", path: "d/a") { try $0.file("d/a") },
    Change(testDescription: "added at the end", path: "z") { try $0.file("z") },
    Change(testDescription: "link target", path: "l") {
      try $0.remove("l")
      try $0.link("l", to: "other")
    },
    Change(testDescription: "link removed", path: "l") { try $0.remove("l") },
    Change(testDescription: "file became a fifo", path: "f") {
      try $0.remove("f")
      try $0.fifo("f")
    },
    Change(testDescription: "file became a link to the same content", path: "f") {
      try $0.file("d/g", "1")
      try $0.remove("f")
      try $0.link("f", to: "d/g")
    },
    Change(testDescription: "directory became a link", path: "d/b") {
      #expect(rename($0.path("d"), $0.path("e")) == 0)
      try $0.link("d", to: "e")
    },
    Change(testDescription: "ignore file that is not sent itself", path: ".dockerignore") {
      try $0.file(".dockerignore", ".dockerignore\nother\n")
    },
    Change(testDescription: "ignore file removed", path: ".dockerignore") { try $0.remove(".dockerignore") },
    Change(testDescription: "hard link became a copy", path: "h") {
      try $0.remove("h")
      try $0.file("h", "1")
    },
  ]

  private func smallTree() throws -> TemporaryTree {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file(".dockerignore", ".dockerignore\n")
    try tree.directory("d")
    try tree.file("d/b", "b")
    try tree.file("f", "1")
    try tree.hardLink("h", to: "f")
    try tree.link("l", to: "f")
    return tree
  }

  @Test(arguments: changes)
  private func aChangeLeavesTheArchiveWithoutItsEnd(change: Change) throws {
    let tree = try smallTree()
    let snapshot = try tree.snapshot()
    try change.apply(tree)
    var received = 0
    #expect(throws: ContextTransferError<Never>.context(.changed(path: change.path))) {
      try snapshot.writeTar(to: { received += $0.count })
    }
    #expect(Int64(received) <= snapshot.tarSize - 1024)
  }

  @Test func aDockerfileThatALinkNoLongerLeadsToIsAChangeThoughTheLinkIsNotSent() throws {
    let tree = try TemporaryTree()
    for name in ["a", "b"] { try tree.file(name, "FROM scratch\n") }
    try tree.link("Dockerfile", to: "a")
    try tree.file(".dockerignore", "Dockerfile\n")
    let snapshot = try ContextSnapshot(measuring: ContextSource(root: tree.root, walker: .buildKit))
    #expect(snapshot.dockerfile == "a")
    try tree.remove("Dockerfile")
    try tree.link("Dockerfile", to: "b")
    #expect(throws: ContextTransferError<Never>.context(.changed(path: "a"))) { try snapshot.tar() }
    try tree.remove("Dockerfile")
    #expect(throws: ContextTransferError<Never>.context(.changed(path: "a"))) { try snapshot.tar() }
  }

  @Test func aChangeBehindTheReadersBackIsFoundBeforeTheEnd() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("a", bytes: [UInt8](repeating: 1, count: 1 << 20))
    try tree.file("b", "b")
    let snapshot = try tree.snapshot()
    var received = 0
    #expect(throws: ContextTransferError<Never>.context(.changed(path: "aa"))) {
      try snapshot.writeTar(to: { bytes in
        if received == 0 { #expect(symlink("x", tree.path("aa")) == 0) }
        received += bytes.count
      })
    }
    #expect(received > 0 && Int64(received) <= snapshot.tarSize - 1024)
  }

  @Test func aRootThatWasReplacedIsNotSent() throws {
    let tree = try smallTree()
    let aside = tree.root + "-aside"
    let snapshot = try tree.snapshot()
    try #require(rename(tree.root, aside) == 0)
    defer { _ = Shell.output(of: "rm -rf '\(aside)'") }
    #expect(throws: ContextTransferError<Never>.context(.notFound(path: tree.root))) { try snapshot.tar() }
    try #require(Shell.output(of: "cp -a '\(aside)' '\(tree.root)'").status == 0)
    #expect(throws: ContextTransferError<Never>.context(.changed(path: "."))) { try snapshot.tar() }
  }

  // MARK: - Sinks

  private struct Full: Error, Equatable {}

  @Test func theSinkCanStop() throws {
    let tree = try oddTree()
    let snapshot = try tree.snapshot()
    var pieces = 0
    #expect(throws: ContextTransferError<Full>.sink(Full())) {
      try snapshot.writeTar(to: { (_: UnsafeRawBufferPointer) throws(Full) in
        pieces += 1
        if pieces == 2 { throw Full() }
      })
    }
    #expect(pieces == 2)
  }

  @Test func piecesAreAtMost256KiB() throws {
    let tree = try oddTree()
    var largest = 0
    try tree.snapshot().writeTar(to: { largest = max(largest, $0.count) })
    #expect(largest == 256 * 1024)
  }

  @Test func stopsWhenInterrupted() throws {
    let tree = try oddTree()
    let snapshot = try tree.snapshot()
    var received = 0
    #expect(throws: ContextTransferError<Never>.context(.interrupted)) {
      try snapshot.writeTar(to: { received += $0.count }, interrupted: { received > 0 })
    }
  }
}
