import CLinux
import Glibc
import Testing

@testable import BuildContext

/// When directories prove that a tree holds the same names.
struct WalkedDirectoriesTests {
  private func status(seconds: Int64, inode: UInt = 1) throws -> FileStatus {
    var status = stat()
    status.st_ino = ino_t(inode)
    status.st_mode = S_IFDIR | 0o755
    status.st_mtim.tv_sec = Int(seconds) - 100
    status.st_ctim.tv_sec = Int(seconds)
    return FileStatus(status)
  }

  private func opened(_ path: String) -> OwnedDescriptor {
    OwnedDescriptor(owning: open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
  }

  @Test(
    .enabled(if: TemporaryTree.isOnDisk),
    arguments: [(-3600, true), (-10, true), (-1, false), (0, false), (3600, false)])
  func theyHaveToBeOlderThanTheClockIsCoarse(age: Int64, areProof: Bool) throws {
    let descriptor = opened("/var/tmp")
    var directories = WalkedDirectories()
    directories.append([], try status(seconds: FileStatus.Time.now.seconds + age), descriptor: descriptor.raw)
    #expect(directories.areProof == areProof)
    directories.append([0x61], try status(seconds: 1), descriptor: descriptor.raw)
    #expect(directories.areProof == areProof)
  }

  @Test func whereTimesCannotBeReliedOnTheyProveNothing() throws {
    let descriptor = opened("/proc")
    var directories = WalkedDirectories()
    directories.append([], try status(seconds: 1), descriptor: descriptor.raw)
    #expect(!directories.areProof)
  }

  @Test(.enabled(if: TemporaryTree.isOnDisk)) func moreThanAreNotedProveNothing() throws {
    let descriptor = opened("/var/tmp")
    var directories = WalkedDirectories()
    let status = try status(seconds: 1)
    for _ in 0..<(1 << 14) { directories.append([0x61], status, descriptor: descriptor.raw) }
    #expect(directories.areProof)
    directories.append([0x61], status, descriptor: descriptor.raw)
    #expect(!directories.areProof)
  }

  @Test(.enabled(if: TemporaryTree.isOnDisk), arguments: [(1 << 20, true), (1 << 20 + 1, false)])
  func neitherDoThoseWhosePathsAreTooLong(bytes: Int, areProof: Bool) throws {
    let descriptor = opened("/var/tmp")
    var directories = WalkedDirectories()
    let path = [UInt8](repeating: 0x61, count: 1 << 10)
    let status = try status(seconds: 1)
    for _ in 0..<(bytes >> 10) { directories.append(path, status, descriptor: descriptor.raw) }
    #expect(directories.areProof)
    directories.append([UInt8](repeating: 0x61, count: bytes & 1023), status, descriptor: descriptor.raw)
    #expect(directories.areProof == areProof)
  }

  // MARK: - Of a tree

  private func measure(_ tree: TemporaryTree, settlingSeconds: Int64) throws -> ContextSnapshot {
    try ContextSnapshot(
      measuring: ContextSource(root: tree.root, walker: .buildKit), limits: .unlimited, index: nil, threadCount: 1,
      noting: WalkedDirectories(settlingSeconds: settlingSeconds), interrupted: { false })
  }

  private func directories(of tree: TemporaryTree, settlingSeconds: Int64) throws -> WalkedDirectories {
    guard case .tree(let measured) = try measure(tree, settlingSeconds: settlingSeconds).contents else {
      throw Unexpected()
    }
    return try #require(measured.directories)
  }

  private struct Unexpected: Error {}

  private func tree() throws -> TemporaryTree {
    let tree = try TemporaryTree(below: "/var/tmp")
    for name in ["d", "d/e", "left-out", "left-out/e"] { try tree.directory(name) }
    for name in ["Dockerfile", "d/f", "d/e/g", "left-out/kept", "left-out/e/f"] { try tree.file(name, name) }
    try tree.file(".dockerignore", "left-out\n!left-out/kept\n")
    try tree.link("l", to: "d/f")
    try tree.file("d/clock", changedAfter: tree.status(".").changed)
    try tree.remove("d/clock")
    try tree.file("d/f", bytes: Array("d/f".utf8), changedAfter: tree.status("d").changed)
    return tree
  }

  private static let changes: [(what: String, areUnchanged: Bool, change: @Sendable (TemporaryTree) throws -> Void)] = [
    ("nothing", true, { _ in }), ("contents", true, { try $0.file("d/f", "other") }),
    ("a file's mode", true, { try #require(chmod($0.path("d/f"), 0o600) == 0) }),
    ("added to the root", false, { try $0.file("z") }), ("removed", false, { try $0.remove("d/e/g") }),
    ("renamed", false, { try #require(rename($0.path("d/f"), $0.path("d/h")) == 0) }),
    (
      "replaced", false,
      {
        try $0.file("left-out/e/n")
        try #require(rename($0.path("left-out/e/n"), $0.path("d/f")) == 0)
      }
    ),
    (
      "a link's target", false,
      {
        try $0.remove("l")
        try $0.link("l", to: "d")
      }
    ), ("a directory's mode", false, { try #require(chmod($0.path("d/e"), 0o700) == 0) }),
    ("added where much is left out", false, { try $0.file("left-out/z") }),
    ("a directory that is gone", false, { try #require(rename($0.path("d"), $0.path("c")) == 0) }),
    (
      "a directory that is a link", false,
      {
        try #require(rename($0.path("d"), $0.path("c")) == 0)
        try $0.link("d", to: "c")
      }
    ),
  ]

  @Test(.enabled(if: TemporaryTree.isOnDisk), arguments: changes.indices)
  func everyChangeOfANameIsSeen(number: Int) throws {
    let (what, areUnchanged, change) = Self.changes[number]
    let tree = try tree()
    let directories = try directories(of: tree, settlingSeconds: -1)
    #expect(directories.areProof)
    try change(tree)
    let root = try RootDirectory(path: tree.root)
    #expect(try directories.areUnchanged(in: root) { false } == areUnchanged, "\(what)")
  }

  @Test(.enabled(if: TemporaryTree.isOnDisk)) func aTreeThatWasJustMadeProvesNothing() throws {
    #expect(try !directories(of: tree(), settlingSeconds: 3600).areProof)
  }

  /// A fifo's mode is in the digest, and its directory does not tell of it.
  @Test(.enabled(if: TemporaryTree.isOnDisk)) func neitherDoesOneWithAFifo() throws {
    let tree = try tree()
    try tree.fifo("d/pipe")
    #expect(try !directories(of: tree, settlingSeconds: -1).areProof)
  }

  /// What verifying the tree asks, once it was sent.
  private func questions(_ snapshot: ContextSnapshot, filesHaveOneName: Bool) throws -> Int {
    guard case .tree(let measured) = snapshot.contents else { throw Unexpected() }
    var count = 0
    try measured.verify(snapshot.table, in: measured.open(), filesHaveOneName: filesHaveOneName) {
      count += 1
      return false
    }
    return count
  }

  @Test(.enabled(if: TemporaryTree.isOnDisk)) func onlyAProvenTreeOfFilesWithOneNameIsNotWalkedAgain() throws {
    let tree = try tree()
    let proven = try measure(tree, settlingSeconds: -1)
    // One for each directory that was listed: nothing in `left-out/e` can be sent.
    #expect(try questions(proven, filesHaveOneName: true) == 4)
    let walk = try questions(proven, filesHaveOneName: false)
    #expect(walk > proven.entryCount)
    #expect(try questions(measure(tree, settlingSeconds: 3600), filesHaveOneName: true) == walk)
  }

  /// The mode of a further name is in the digest, and neither a directory nor the file that is sent tells of it.
  @Test(.enabled(if: TemporaryTree.isOnDisk)) func theModeOfAFileWithTwoNamesCountsUntilTheEnd() throws {
    let tree = try tree()
    try tree.hardLink("z", to: "d/f")
    // More than what is given on at once.
    try tree.file("e", bytes: [UInt8](repeating: 1, count: 600_000))
    try tree.file("d/f", bytes: Array("d/f".utf8), changedAfter: tree.status(".").changed)
    let snapshot = try measure(tree, settlingSeconds: -1)
    var pieces = 0
    #expect(throws: ContextTransferError<Never>.context(.changed(path: "z"))) {
      try snapshot.writeTar(to: { _ in
        pieces += 1
        if pieces == 1, chmod(tree.path("d/f"), 0o600) != 0 { Issue.record("chmod") }
      })
    }
    #expect(pieces > 1)
  }

  @Test(.enabled(if: TemporaryTree.isOnDisk)) func lookingCanBeInterrupted() throws {
    let tree = try tree()
    let directories = try directories(of: tree, settlingSeconds: -1)
    let root = try RootDirectory(path: tree.root)
    #expect(throws: ContextError.interrupted) { try directories.areUnchanged(in: root) { true } }
  }
}
