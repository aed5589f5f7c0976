import BuildContext
import Glibc
import Testing

struct ArchiveReceptionTests {
  private func oddTree() throws -> TemporaryTree {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    try tree.directory("a", mode: 0o1777)
    try tree.directory("a/empty")
    try tree.file("a/x", "hello\n", mode: 0o4755)
    try tree.hardLink("a/y", to: "a/x")
    try tree.hardLink("0", to: "a/x")
    try tree.link("a/z", to: "../../outside")
    try tree.hardLink("a/zz", to: "a/z")
    try tree.fifo("pipe")
    try tree.file("none")
    try tree.file("new\nline é", "1")
    try tree.file(String(repeating: "n", count: 150), "2")
    try tree.link("long", to: String(repeating: "t/", count: 200))
    try tree.directory(String(repeating: "d", count: 90))
    try tree.file(String(repeating: "d", count: 90) + "/" + String(repeating: "f", count: 90), "3")
    try tree.file("a.txt", bytes: [UInt8](repeating: 1, count: 512))
    try tree.file("large", bytes: (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) })
    try tree.setTime("a.txt", seconds: -7)
    return tree
  }

  @Test(arguments: [ContextWalker.classic, .buildKit])
  func anArchiveGivesWhatTheTreeGaveThatItWasMadeOf(walker: ContextWalker) throws {
    let tree = try oddTree()
    try tree.file(".dockerignore", "large\na\n!a/x\n!a/empty\n")
    let snapshot = try tree.snapshot(walker)
    let archive = try snapshot.tar()
    let again = try receive(archive).snapshot(walker)
    #expect(again.manifest == snapshot.manifest)
    #expect(again.digest == snapshot.digest)
    #expect(again.tarSize == snapshot.tarSize)
    #expect(again.entryCount == snapshot.entryCount)
    #expect(again.fileCount == snapshot.fileCount)
    #expect(again.contentBytes == snapshot.contentBytes)
    #expect(again.dockerfileBytes == snapshot.dockerfileBytes)
    #expect(again.ignoreFile == nil)
    #expect(try again.tar() == archive)
  }

  @Test(arguments: ["gnu", "oldgnu", "pax", "posix"])
  func archivesOfGNUTarGiveWhatTheTreeGives(format: String) throws {
    let tree = try oddTree()
    let archive = Shell.output(of: "tar -C '\(tree.root)' --format=\(format) -c .").bytes
    try #require(!archive.isEmpty)
    let expected = try tree.snapshot()
    let received = try receive(archive, pieceSize: 10_007).snapshot(.classic)
    #expect(received.manifest == expected.manifest)
    #expect(try received.tar() == expected.tar())
  }

  /// Formats that cannot hold every name.
  @Test(arguments: ["v7", "ustar"])
  func archivesOfOldFormatsGiveWhatTheTreeGives(format: String) throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    try tree.directory("b")
    try tree.directory("b/\(String(repeating: "d", count: 40))")
    try tree.file("b/\(String(repeating: "d", count: 40))/f", "text", mode: 0o600)
    try tree.hardLink("b/h", to: "Dockerfile")
    try tree.link("b/l", to: "f")
    let archive = Shell.output(of: "cd '\(tree.root)' && tar --format=\(format) -c b Dockerfile").bytes
    let expected = try tree.snapshot()
    let received = try receive(archive).snapshot(.classic)
    #expect(received.manifest == expected.manifest)
    #expect(try received.tar() == expected.tar())
  }

  @Test(arguments: [
    (ArchiveFormat.tarGzip, "gzip -9"), (.tarZstd, "zstd -q"), (.tarZstd, "zstd -q --ultra -22 --long=27"),
    (.tarGzip, "head -c 5000 | gzip; tail -c +5001 plain | gzip"),
    (.tarZstd, "head -c 5000 | zstd -q; tail -c +5001 plain | zstd -q"),
  ])
  func compressionsAreTakenOff(format: ArchiveFormat, program: String) throws {
    let tree = try oddTree()
    let expected = try tree.snapshot()
    let archive = try TemporaryTree()
    try archive.file("plain", bytes: try expected.tar())
    let compressed = Shell.output(of: "cd '\(archive.root)' && { \(program); } <plain").bytes
    #expect(ArchiveFormat(startingWith: compressed) == format)
    for pieceSize in [1, 700, compressed.count] {
      let received = try receive(compressed, format, pieceSize: pieceSize).snapshot(.classic)
      #expect(received.digest == expected.digest)
      #expect(try received.tar() == expected.tar())
    }
  }

  @Test func wherePiecesEndDoesNotMatter() throws {
    var archive = TestArchive()
    archive.add(records: [("path", "dir/é"), ("mtime", "-1.5")])
    archive.add("short", "contents")
    archive.add("././@LongLink", type: "L", String(repeating: "l", count: 200) + "\0")
    archive.add("cut", "x")
    archive.add("h", type: "1", link: "dir/é")
    let bytes = archive.ended
    let expected = try receive(bytes).snapshot(text: "", .buildKit)
    for cut in 0...(archive.bytes.count + 1) {
      let store = MemoryStore()
      var reception = try ArchiveReception(format: .tar, store: store)
      try append(Array(bytes[..<cut]), to: &reception)
      try append(Array(bytes[cut...]), to: &reception)
      let snapshot = try reception.finish().snapshot(text: "", .buildKit)
      #expect(snapshot.digest == expected.digest && store.bytes == Array("contentsx".utf8), "cut at \(cut)")
    }
    #expect(try receive(bytes, pieceSize: 1).snapshot(text: "", .buildKit).digest == expected.digest)
  }

  private typealias Members = (inout TestArchive) -> Void
  private static let emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  /// SHA-256 of `1` and of `2`.
  private static let one = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
  private static let two = "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35"

  private func lines(_ make: Members) throws -> [String] {
    var archive = TestArchive()
    make(&archive)
    return try receive(archive.ended).lines()
  }

  @Test func directoriesThatOnlyPathsNameHaveNoEntry() throws {
    #expect(try lines { $0.add("a/b/c", "1") } == ["f 0644 1 \(Self.one) - a/b/c"])
  }

  @Test func aDirectoryMayComeAfterWhatItHolds() throws {
    let found = try lines {
      $0.add("a/b", "1")
      $0.add("a/", type: "5", mode: 0o750)
    }
    #expect(found == ["d 0750 - - - a", "f 0644 1 \(Self.one) - a/b"])
  }

  @Test func namesMayBeginWithADotAndOldDirectoriesEndWithASlash() throws {
    let found = try lines {
      $0.add("./", type: "5", mode: 0o700)
      $0.add("././b/./c", "1")
      $0.add("old/", type: "\0", mode: 0o755)
    }
    #expect(found == ["f 0644 1 \(Self.one) - b/c", "d 0755 - - - old"])
  }

  @Test func theLaterOfTwoEntriesCounts() throws {
    let found = try lines {
      $0.add("f", "1")
      $0.add("f", "2", mode: 0o600)
    }
    #expect(found == ["f 0600 1 \(Self.two) - f"])
  }

  @Test func aFileTakesThePlaceOfADirectoryWithAllItHolds() throws {
    let found = try lines {
      $0.add("d/", type: "5")
      $0.add("d/e/f", "1")
      $0.add("d", "2")
    }
    #expect(found == ["f 0644 1 \(Self.two) - d"])
  }

  @Test func aDirectoryTakesThePlaceOfAFile() throws {
    let found = try lines {
      $0.add("d", "1")
      $0.add("d/", type: "5", mode: 0o755)
      $0.add("d/f", "2")
    }
    #expect(found == ["d 0755 - - - d", "f 0644 1 \(Self.two) - d/f"])
  }

  @Test func aHardLinkKeepsWhatItNamedWhenThatIsReplaced() throws {
    let found = try lines {
      $0.add("f", "1")
      $0.add("g", type: "1", link: "./f")
      $0.add("f", "2")
    }
    #expect(found == ["f 0644 1 \(Self.two) - f", "f 0644 1 \(Self.one) - g"])
  }

  @Test func theFirstNameInOrderIsTheFile() throws {
    let found = try lines {
      $0.add("z", "1")
      $0.add("a", type: "1", mode: 0o600, link: "z")
      $0.add("z", type: "1", mode: 0o640, link: "a")
    }
    #expect(found == ["f 0640 1 \(Self.one) - a", "h 0640 - a - z"])
  }

  @Test func extendedHeadersCountForOneMember() throws {
    let found = try lines {
      $0.add(records: [("comment", "c"), ("mtime", "5")], type: "g")
      $0.add(records: [("linkpath", "target"), ("path", "p")])
      $0.add("q", type: "2", link: "x")
      $0.add("r", "1")
    }
    #expect(found == ["l 0777 - target - p", "f 0644 1 \(Self.one) - r"])
  }

  @Test func capabilitiesAreKeptInTheirSecondRevision() throws {
    // Values of extended headers are bytes; these are all below 0x80.
    let third = "\u{1}\u{0}\u{0}\u{3}" + String(repeating: "\u{7}", count: 20)
    let found = try lines {
      $0.add(records: [("SCHILY.xattr.security.capability", third)])
      $0.add("f", "1")
    }
    #expect(found == ["f 0644 1 \(Self.one) 01000002\(String(repeating: "07", count: 16)) f"])
  }

  @Test func numbersMayBeBinary() throws {
    let found = try lines {
      $0.add("f", "1", size: 0) { block in
        block.replaceSubrange(124..<136, with: [0x80] + [UInt8](repeating: 0, count: 10) + [1])
        block.replaceSubrange(136..<148, with: [UInt8](repeating: 0xFF, count: 12))
      }
    }
    #expect(found == ["f 0644 1 \(Self.one) - f"])
  }

  @Test func labelsAndZerosBehindTheEndMeanNothing() throws {
    var archive = TestArchive()
    archive.add("volume", type: "V")
    archive.add("f", "1")
    let padded = archive.ended + [UInt8](repeating: 0, count: 100_000)
    #expect(try receive(padded).lines() == ["f 0644 1 \(Self.one) - f"])
    #expect(try receive(archive.bytes + [UInt8](repeating: 0, count: 512)).lines().count == 1)
  }

  @Test func anArchiveWithoutEntriesIsAnEmptyTree() throws {
    let tree = try receive(TestArchive().ended)
    #expect(try tree.lines() == [])
    #expect(throws: ContextError.dockerfileNotFound(path: "Dockerfile")) { try tree.snapshot() }
  }

  @Test func contentsThatTheStoreDoesNotHaveAnyMoreAreNotSent() throws {
    var archive = TestArchive()
    archive.add("Dockerfile", "FROM scratch")
    archive.add("f", "contents")
    let store = MemoryStore()
    let snapshot = try receive(archive.ended, store: store).snapshot()
    store.damage(at: 15)
    #expect(throws: ContextTransferError<Never>.context(.changed(path: "f"))) { try snapshot.tar() }
  }

  // MARK: - The Dockerfile

  @Test func linksToTheDockerfileAreFollowedInTheArchive() throws {
    var archive = TestArchive()
    archive.add("real/D", "FROM scratch\n")
    archive.add("l", type: "2", link: "real/../real")
    archive.add("Dockerfile", type: "2", link: "./l/D")
    archive.add("up", type: "2", link: "../real/D")
    archive.add("abs", type: "2", link: "/real/D")
    archive.add("loop", type: "2", link: "loop")
    archive.add("hard", type: "1", link: "real/D")
    let tree = try receive(archive.ended)
    #expect(try tree.snapshot().dockerfile == "real/D")
    #expect(try tree.snapshot(dockerfile: "hard").dockerfileBytes == Array("FROM scratch\n".utf8))
    for name in ["up", "abs", "real/D/x", "nothing"] {
      #expect(throws: ContextError.dockerfileNotFound(path: name)) { try tree.snapshot(dockerfile: name) }
    }
    #expect(throws: ContextError.unreadable(path: "loop", errno: 40)) { try tree.snapshot(dockerfile: "loop") }
    #expect(throws: ContextError.unreadable(path: "real", errno: 21)) { try tree.snapshot(dockerfile: "real") }
  }

  @Test(arguments: [ContextWalker.classic, .buildKit])
  func aTextIsAddedAsItIsToATree(walker: ContextWalker) throws {
    let tree = try oddTree()
    // An ignore file that ignores nothing, so that the archive is the whole tree; under two names.
    try tree.file(".dockerignore", "nothing\n", mode: 0o640)
    try tree.hardLink("z", to: ".dockerignore")
    let text = Array("FROM alpine\n".utf8)
    let expected = try ContextSnapshot(
      measuring: ContextSource(root: tree.root, dockerfileText: text, walker: walker))
    let archive = Shell.output(of: "tar -C '\(tree.root)' -c .").bytes
    let received = try receive(archive).snapshot(text: "FROM alpine\n", walker)
    #expect(received.manifest == expected.manifest)
    #expect(try received.tar() == expected.tar())
  }

  // MARK: - Made-up trees

  @Test(arguments: 0..<20) func anyTreeGivesWhatGNUTarMakesOfIt(seed: UInt64) throws {
    var numbers = SplitMix(state: seed)
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    var directories = [""]
    var files = ["Dockerfile"]
    for index in 0..<40 {
      let parent = directories[Int(numbers.next() % UInt64(directories.count))]
      let name = parent + ["a", "b.", "-", "\u{1}", "é"][Int(numbers.next() % 5)] + "\(index)"
      switch numbers.next() % 6 {
      case 0, 1:
        try tree.directory(name, mode: 0o700 | mode_t(numbers.next() % 0o100))
        directories.append(name + "/")
      case 2: try tree.link(name, to: "../t\(index)")
      case 3: try tree.hardLink(name, to: files[Int(numbers.next() % UInt64(files.count))])
      default:
        try tree.file(
          name, bytes: [UInt8](repeating: UInt8(index), count: Int(numbers.next() % 2_000)),
          mode: 0o400 | mode_t(numbers.next() % 0o400))
        files.append(name)
      }
    }
    let expected = try tree.snapshot()
    // In the order of the directory, which is none.
    let archive = Shell.output(of: "tar -C '\(tree.root)' -c .").bytes
    let received = try receive(archive, pieceSize: 513).snapshot(.classic)
    #expect(received.manifest == expected.manifest)
    #expect(try received.tar() == expected.tar())
  }
}

/// Sebastiano Vigna's splitmix64.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
