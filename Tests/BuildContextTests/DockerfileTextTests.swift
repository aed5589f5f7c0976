import BuildContext
import Glibc
import Testing

struct DockerfileTextTests {
  private static let text = "FROM scratch\nCOPY . /\n"
  /// By `sha256sum`.
  private static let name = ".dockerfile.0837162982057d16f6c2"

  private func lines(_ lines: String...) -> String { lines.map { $0 + "\n" }.joined() }

  // MARK: - What is sent

  @Test func withoutADirectoryTheTextIsAllThatBuildKitGets() throws {
    let snapshot = try ContextSnapshot(text: Self.text, walker: .buildKit)
    #expect(snapshot.dockerfile == Self.name)
    #expect(snapshot.dockerfileBytes == Array(Self.text.utf8))
    #expect(snapshot.ignoreFile == nil)
    #expect(snapshot.skippedSockets == 0)
    #expect([snapshot.entryCount, snapshot.fileCount] == [1, 1])
    #expect(snapshot.contentBytes == 22)
    #expect(
      snapshot.manifest
        == lines(
          "swiftdock-context 1",
          "f 0600 22 0837162982057d16f6c2363c396d2811f9839aeb2480f977ad955788e8c73e36 - \(Self.name)"))

    let archive = try snapshot.tar()
    #expect(Int64(archive.count) == snapshot.tarSize)
    var expected = [UInt8](repeating: 0, count: 512 + 512 + 1024)
    func put(_ text: String, at offset: Int) {
      expected.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
    }
    put(Self.name, at: 0)
    for (field, offset) in [("0000600", 100), ("0000000", 108), ("0000000", 116)] { put(field, at: offset) }
    put("00000000026", at: 124)
    put("00000000000", at: 136)
    put("        0", at: 148)
    put("ustar\u{0}00", at: 257)
    for offset in [329, 337] { put("0000000", at: offset) }
    let sum = expected[..<512].reduce(0) { $0 + Int($1) }
    put("0" + String(sum, radix: 8) + "\u{0} ", at: 148)
    put(Self.text, at: 512)
    #expect(archive == expected)
  }

  @Test func withoutADirectoryTheClassicBuilderAlsoGetsWhatHidesTheText() throws {
    let snapshot = try ContextSnapshot(text: Self.text, walker: .classic)
    #expect(snapshot.paths == [Self.name, ".dockerignore"])
    let place = try TemporaryTree()
    try place.file("archive", bytes: try snapshot.tar())
    let listing = Shell.output(of: "cd '\(place.root)' && TZ=UTC tar tvf archive --numeric-owner").text
    #expect(
      listing.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") } == [
        "-rw------- 0/0 22 1970-01-01 00:00 \(Self.name)", "-rw------- 0/0 47 1970-01-01 00:00 .dockerignore",
      ])
    #expect(place.unpacked(Self.name) == Self.text)
    #expect(place.unpacked(".dockerignore") == lines(".dockerignore", Self.name))
  }

  @Test(arguments: [ContextWalker.classic, .buildKit])
  func aDirectoryThatHoldsTheSameFilesGivesTheSameArchive(walker: ContextWalker) throws {
    func fill(_ tree: TemporaryTree) throws {
      for name in ["!", ".d", ".dockerfile.0", ".dockerfile.z", ".dockerignore-", ".e", "Dockerfile", "out"] {
        try tree.file(name, name)
        try tree.setTime(name, seconds: 1_700_000_000)
      }
      try tree.directory(".dockerfile")
      try tree.file(".dockerfile/x", "x")
      for name in [".dockerfile/x", ".dockerfile"] { try tree.setTime(name, seconds: 1_600_000_000) }
    }
    let tree = try TemporaryTree()
    try fill(tree)
    try tree.file(".dockerignore", "out\nDockerfile", mode: 0o640)
    let snapshot = try tree.snapshot(walker, text: Self.text)
    let around = [".dockerfile", ".dockerfile/x", ".dockerfile.0", Self.name, ".dockerfile.z", ".dockerignore"]
    #expect(snapshot.paths == ["!", ".d"] + around + [".dockerignore-", ".e"])

    let other = try TemporaryTree()
    try fill(other)
    try other.file(Self.name, Self.text, mode: 0o600)
    let added = walker == .classic ? "\n\(Self.name)\n" : ""
    try other.file(".dockerignore", "out\nDockerfile" + added, mode: 0o640)
    try other.setTime(Self.name, seconds: 0)
    try tree.setTime(".dockerignore", seconds: 1_500_000_000)
    try other.setTime(".dockerignore", seconds: 1_500_000_000)
    let files = try other.snapshot(walker, dockerfile: Self.name)
    #expect(snapshot.manifest == files.manifest)
    #expect(snapshot.digest == files.digest)
    #expect([snapshot.entryCount, snapshot.fileCount] == [files.entryCount, files.fileCount])
    #expect(snapshot.contentBytes == files.contentBytes)
    let archive = try tree.snapshot(walker, text: Self.text).tar()
    #expect(Int64(archive.count) == snapshot.tarSize)
    #expect(archive == (try files.tar()))
  }

  @Test func anEmptyDirectoryGivesTheSameAsNone() throws {
    let tree = try TemporaryTree()
    for walker in [ContextWalker.classic, .buildKit] {
      let snapshot = try tree.snapshot(walker, text: Self.text)
      let alone = try ContextSnapshot(text: Self.text, walker: walker)
      #expect(snapshot.digest == alone.digest)
      #expect(try snapshot.tar() == alone.tar())
    }
  }

  @Test func entriesBehindBothAndBetweenThemKeepTheirOrder() throws {
    let tree = try TemporaryTree()
    try tree.directory(".dockerg")
    try tree.file(".dockerg/a")
    #expect(try tree.snapshot(text: Self.text).paths == [Self.name, ".dockerg", ".dockerg/a", ".dockerignore"])
  }

  // MARK: - Ignore files

  private func sentIgnoreFile(of tree: TemporaryTree) throws -> String {
    let place = try TemporaryTree()
    try place.file("archive", bytes: try tree.snapshot(text: Self.text).tar())
    return place.unpacked(".dockerignore")
  }

  @Test func onlyTheGeneralIgnoreFileApplies() throws {
    let tree = try TemporaryTree()
    for name in ["Dockerfile", "x", "y"] { try tree.file(name) }
    try tree.file("Dockerfile.dockerignore", "x\n")
    #expect(try tree.snapshot(.buildKit, text: Self.text).ignoreFile == nil)
    try tree.file(".dockerignore", "*\n")
    let buildKit = try tree.snapshot(.buildKit, text: Self.text)
    #expect(buildKit.ignoreFile == ".dockerignore")
    #expect(buildKit.paths == [Self.name])
    let classic = try tree.snapshot(.classic, text: Self.text)
    #expect(classic.ignoreFile == ".dockerignore")
    #expect(classic.paths == [Self.name, ".dockerignore"])
    try tree.file(".dockerignore", "[a\n")
    #expect(throws: ContextError.self) { try tree.snapshot(.buildKit, text: Self.text) }
  }

  @Test func theLastLineHidesTheText() throws {
    let tree = try TemporaryTree()
    try tree.file(".dockerignore", "")
    #expect(try sentIgnoreFile(of: tree) == lines("", Self.name))
    try tree.file(".dockerignore", "*\n!.*")
    #expect(try sentIgnoreFile(of: tree) == lines("*", "!.*", Self.name))
  }

  @Test func anIgnoreFileThatIsALinkIsSentAsAFile() throws {
    let tree = try TemporaryTree()
    try tree.file("rules", "rules\n", mode: 0o604)
    try tree.link(".dockerignore", to: "rules")
    #expect(try tree.snapshot(text: Self.text).manifest.contains("\nf 0604 40 "))
    #expect(try sentIgnoreFile(of: tree) == lines("rules", "", Self.name))
    try tree.remove(".dockerignore")
    try tree.link(".dockerignore", to: "nowhere")
    #expect(try sentIgnoreFile(of: tree) == lines(".dockerignore", Self.name))
  }

  @Test func otherNamesOfTheIgnoreFileKeepItsContents() throws {
    let tree = try TemporaryTree()
    try tree.file(".dockerignore", "out\n")
    try tree.hardLink("a", to: ".dockerignore")
    try tree.hardLink("b", to: ".dockerignore")
    try tree.hardLink(".a", to: ".dockerignore")
    let snapshot = try tree.snapshot(text: Self.text)
    let kinds = snapshot.manifest.split(separator: "\n").dropFirst().map { line in
      line.split(separator: " ").enumerated().filter { [0, 2, 5].contains($0.offset) }.map(\.element)
        .joined(separator: " ")
    }
    #expect(kinds == ["f 4 .a", "f 22 \(Self.name)", "f 38 .dockerignore", "h - a", "h - b"])
    #expect(Int64(try snapshot.tar().count) == snapshot.tarSize)
  }

  // MARK: - Refusals

  @Test(arguments: [ContextWalker.classic, .buildKit])
  func aTreeThatSendsSomethingOfThatNameIsRefused(walker: ContextWalker) throws {
    let tree = try TemporaryTree()
    let refusal = ContextError.unreadable(path: Self.name, errno: EEXIST)
    try tree.file(Self.name, Self.text)
    #expect(throws: refusal) { try tree.snapshot(walker, text: Self.text) }
    try tree.file(".dockerignore", ".dockerfile.*\n")
    #expect(try tree.snapshot(walker, text: Self.text).paths == [Self.name, ".dockerignore"])
    try tree.remove(Self.name)
    try tree.directory(Self.name)
    try tree.file("\(Self.name)/x")
    #expect(try tree.snapshot(walker, text: Self.text).paths == [Self.name, ".dockerignore"])
    try tree.file(".dockerignore", ".dockerfile.*\n!\(Self.name)/x\n")
    #expect(throws: refusal) { try tree.snapshot(walker, text: Self.text) }
    try tree.remove(".dockerignore")
    #expect(throws: refusal) { try tree.snapshot(walker, text: Self.text) }
    #expect(try tree.snapshot(walker, text: Self.text + "#").entryCount > 2)
  }

  @Test func textsAreLimitedTo256KiB() throws {
    let tree = try TemporaryTree()
    let text = String(repeating: "\n", count: 262_144)
    #expect(try tree.snapshot(text: text).dockerfileBytes.count == 262_144)
    #expect(try ContextSnapshot(text: text, walker: .classic).tar().count == 512 + 262_144 + 1024 + 1024)
    #expect(try ContextSnapshot(text: "", walker: .buildKit).tar().count == 512 + 1024)
    let refusal = ContextError.dockerfileTooLarge(limitBytes: 262_144)
    #expect(throws: refusal) { try tree.snapshot(text: text + "\n") }
    #expect(throws: refusal) { try ContextSnapshot(text: text + "\n", walker: .buildKit) }
  }

  @Test func whatIsAddedCountsForTheLimits() throws {
    let tree = try TemporaryTree()
    try tree.file("f", "1")
    let enough = ContextLimits(entries: 3, bytes: 1 + 22 + 47)
    let snapshot = try tree.snapshot(text: Self.text, limits: enough)
    #expect(snapshot.entryCount == 3)
    #expect(snapshot.fileCount == 3)
    #expect(snapshot.contentBytes == 70)
    #expect(throws: ContextError.tooManyEntries(limit: 2)) {
      try tree.snapshot(text: Self.text, limits: ContextLimits(entries: 2))
    }
    #expect(throws: ContextError.tooLarge(limitBytes: 69)) {
      try tree.snapshot(text: Self.text, limits: ContextLimits(bytes: 69))
    }
    #expect(throws: ContextError.tooLarge(limitBytes: 21)) {
      try ContextSnapshot(text: Self.text, walker: .buildKit, limits: ContextLimits(bytes: 21))
    }
  }

  // MARK: - Changes after measuring

  private struct Change: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// What the error names; nothing where the archive stays the same.
    var path: String?
    var apply: @Sendable (TemporaryTree) throws -> Void
  }

  private static let changes = [
    Change(testDescription: "a file of the tree", path: "f") { try $0.file("f", "2") },
    Change(testDescription: "a file added at the end", path: "z") { try $0.file("z") },
    Change(testDescription: "the last file removed", path: "rules") { try $0.remove("rules") },
    Change(testDescription: "the text's name taken", path: name) { try $0.file(name) },
    Change(testDescription: "a line of the ignore file", path: ".dockerignore") { try $0.file(".dockerignore", "y\n") },
    Change(testDescription: "mode of the ignore file", path: ".dockerignore") {
      try $0.file(".dockerignore", "x\n", mode: 0o600)
    },
    Change(testDescription: "time of the ignore file") { try $0.setTime(".dockerignore", seconds: 1) },
    Change(testDescription: "no ignore file any more", path: ".dockerignore") { try $0.remove(".dockerignore") },
    Change(testDescription: "ignore file became a directory", path: ".dockerignore") {
      try $0.remove(".dockerignore")
      try $0.directory(".dockerignore")
    },
    Change(testDescription: "ignore file became a link to the same rules") {
      try $0.remove(".dockerignore")
      try $0.link(".dockerignore", to: "rules")
    },
  ]

  @Test(arguments: changes)
  private func aChangeLeavesTheArchiveWithoutItsEnd(change: Change) throws {
    let tree = try TemporaryTree()
    try tree.file(".dockerignore", "x\n")
    try tree.file("f", "1")
    try tree.file("rules", "x\n")
    let snapshot = try tree.snapshot(text: Self.text)
    let archive = try snapshot.tar()
    try change.apply(tree)
    guard let path = change.path else {
      #expect(try snapshot.tar() == archive)
      return
    }
    var received = 0
    #expect(throws: ContextTransferError<Never>.context(.changed(path: path))) {
      try snapshot.writeTar(to: { received += $0.count })
    }
    #expect(Int64(received) <= snapshot.tarSize - 1024)
  }

  @Test func anIgnoreFileThatAppearedIsAChange() throws {
    let tree = try TemporaryTree()
    let snapshot = try tree.snapshot(text: Self.text)
    try tree.file(".dockerignore", "x\n")
    #expect(throws: ContextTransferError<Never>.context(.changed(path: ".dockerignore"))) { try snapshot.tar() }
  }

  @Test func theSinkCanStopInAText() throws {
    struct Full: Error, Equatable {}
    let snapshot = try ContextSnapshot(text: String(repeating: "\n", count: 262_144), walker: .buildKit)
    #expect(throws: ContextTransferError<Full>.sink(Full())) {
      try snapshot.writeTar(to: { (_: UnsafeRawBufferPointer) throws(Full) in throw Full() })
    }
  }
}

extension ContextSnapshot {
  fileprivate init(text: String, walker: ContextWalker, limits: ContextLimits = .unlimited) throws(ContextError) {
    try self.init(measuring: ContextSource(dockerfileText: Array(text.utf8), walker: walker), limits: limits)
  }
}

extension TemporaryTree {
  fileprivate func snapshot(
    _ walker: ContextWalker = .classic, text: String, limits: ContextLimits = .unlimited
  ) throws(ContextError) -> ContextSnapshot {
    try ContextSnapshot(
      measuring: ContextSource(root: root, dockerfileText: Array(text.utf8), walker: walker), limits: limits)
  }

  /// One member of the file `archive`, by system tar.
  fileprivate func unpacked(_ name: String) -> String {
    Shell.output(of: "tar xOf '\(path("archive"))' '\(name)'").text
  }
}
