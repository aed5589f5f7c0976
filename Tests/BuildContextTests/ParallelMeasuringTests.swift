import Glibc
import Testing

@testable import BuildContext

struct ParallelMeasuringTests {
  private func measure(
    _ tree: TemporaryTree, threads: Int, limits: ContextLimits = .unlimited, index: FileDigestIndex? = nil,
    interrupted: () -> Bool = { false }
  ) throws(ContextError) -> ContextSnapshot {
    try ContextSnapshot(
      measuring: ContextSource(root: tree.root, walker: .buildKit), limits: limits, index: index,
      threadCount: threads, interrupted: interrupted)
  }

  /// Enough small files for every thread to start, some larger ones, other names of files, links and empty directories.
  private func randomTree(files: Int) throws -> TemporaryTree {
    let tree = try TemporaryTree()
    var random = SystemRandomNumberGenerator()
    try tree.file("Dockerfile", "FROM scratch\n")
    var directories = [""]
    var names: [String] = []
    for number in 0..<files {
      if number % 9 == 0, let parent = directories.randomElement(using: &random) {
        let name = parent + "d\(number)"
        try tree.directory(name)
        directories.append(name + "/")
      }
      let name = (directories.randomElement(using: &random) ?? "") + "f\(number)"
      let size = number % 100 == 0 ? 700_000 : Int.random(in: 0..<3000, using: &random)
      try tree.file(name, bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size))
      names.append(name)
      if number % 20 == 0, let other = names.randomElement(using: &random) { try tree.hardLink(name + ".h", to: other) }
      if number % 30 == 0 { try tree.link(name + ".l", to: "f0") }
    }
    return tree
  }

  @Test(arguments: 1...3) func severalThreadsFindWhatOneFinds(round: Int) throws {
    let tree = try randomTree(files: 600)
    let alone = try measure(tree, threads: 1)
    for threads in 2...4 {
      let together = try measure(tree, threads: threads)
      #expect(together.manifest == alone.manifest)
      #expect(together.digest == alone.digest)
      #expect(together.contentBytes == alone.contentBytes)
      #expect(together.tarSize == alone.tarSize)
    }
    #expect(try Int64(alone.tar().count) == alone.tarSize)
  }

  @Test func theManifestsDigestsAreThoseOfAnotherProgram() throws {
    let tree = try randomTree(files: 200)
    let lines = try measure(tree, threads: 3).manifest.split(separator: "\n").map { $0.split(separator: " ") }
    for line in lines where line.first == "f" {
      let sum = Shell.output(of: "sha256sum < '\(tree.root)/\(line[5])'").text
      #expect(sum.prefix(64) == line[3])
    }
  }

  // MARK: - Errors

  @Test(arguments: 1...4) func theErrorIsThatOfTheFirstFileInOrder(threads: Int) throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    for number in 0..<300 {
      try tree.file("f\(1000 + number)", "x", mode: number < 150 ? 0o644 : 0o600)
    }
    try tree.directory("z", mode: 0o700)
    for _ in 1...5 {
      let root = tree.root
      #expect(throws: ContextError.unreadable(path: "f1150", errno: EACCES)) {
        try withoutPrivileges { () throws(ContextError) in
          try ContextSnapshot(
            measuring: ContextSource(root: root, walker: .buildKit), limits: .unlimited, index: nil,
            threadCount: threads, interrupted: { false }
          ).entryCount
        }
      }
    }
  }

  @Test func anErrorOfTheWalkCountsOnlyIfNoFileBeforeItHasOne() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("a", "x", mode: 0o600)
    try tree.directory("z", mode: 0o700)
    let root = tree.root
    func measureAsNobody() throws(ContextError) {
      _ = try withoutPrivileges { () throws(ContextError) in
        try ContextSnapshot(measuring: ContextSource(root: root, walker: .buildKit)).entryCount
      }
    }
    #expect(throws: ContextError.unreadable(path: "a", errno: EACCES)) { try measureAsNobody() }
    try #require(chmod(tree.path("a"), 0o644) == 0)
    #expect(throws: ContextError.unreadable(path: "z", errno: EACCES)) { try measureAsNobody() }
  }

  // MARK: - Interruption

  @Test(arguments: 1...4) func threadsEndWhenTheMeasurementIsInterrupted(threads: Int) throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    for number in 0..<8 {
      try tree.file("f\(number)")
      // Holes, which take long to read and no room.
      try #require(truncate(tree.path("f\(number)"), 1 << 40) == 0)
    }
    var questions = 0
    #expect(throws: ContextError.interrupted) {
      try measure(tree, threads: threads) {
        questions += 1
        return questions > 40
      }
    }
    // The reading asked, and then whoever had it done.
    #expect(questions <= 42)
  }

  // MARK: - Changes

  /// Runs `change` when the walk has come to its end. Of few files, those that several threads might read are read then;
  /// those that one thread has to read were opened.
  private func measure(
    _ tree: TemporaryTree, threads: Int = 2, entries: Int, change: () throws -> Void
  ) throws -> ContextSnapshot {
    var questions = 0
    return try measure(tree, threads: threads) {
      questions += 1
      if questions == entries { do { try change() } catch { Issue.record(error) } }
      return false
    }
  }

  @Test(arguments: 1...2) func aFileThatGrowsBeforeItWasReadIsMeasuredAsItIs(threads: Int) throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("f", "before")
    let snapshot = try measure(tree, threads: threads, entries: 3) { try tree.file("f", "and after") }
    #expect(snapshot.contentBytes == 9)
    #expect(snapshot.fileCount == 2)
    #expect(snapshot.manifest == (try tree.snapshot().manifest))
    #expect(snapshot.tarSize == (try tree.snapshot().tarSize))
  }

  @Test(arguments: 1...2) func aFileThatGrewBeyondTheLimitIsRefused(threads: Int) throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("f", "before")
    var questions = 0
    #expect(throws: ContextError.tooLarge(limitBytes: 8)) {
      try measure(tree, threads: threads, limits: ContextLimits(entries: 10, bytes: 8)) {
        questions += 1
        if questions == 3 { do { try tree.file("f", "and after") } catch { Issue.record(error) } }
        return false
      }
    }
  }

  @Test func aFileThatWasReplacedBetweenTheWalkAndTheReadingIsMeasuredAsItIs() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("f", "before")
    let snapshot = try measure(tree, entries: 3) {
      try tree.file("new", "and after", mode: 0o600)
      #expect(rename(tree.path("new"), tree.path("f")) == 0)
    }
    #expect(snapshot.contentBytes == 9)
    #expect(snapshot.manifest == (try tree.snapshot().manifest))
    #expect(snapshot.tarSize == (try tree.snapshot().tarSize))
  }

  /// Between the walk and the reading, or between the listing of a directory and either.
  @Test(arguments: [(2, 3), (2, 2), (1, 2)])
  func aFileThatWasRemovedOrBecameALinkMeanwhileIsAChange(threads: Int, entries: Int) throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("f", "before")
    #expect(throws: ContextError.changed(path: "f")) {
      try measure(tree, threads: threads, entries: entries) { try tree.remove("f") }
    }
    try tree.file("f", "before")
    #expect(throws: ContextError.changed(path: "f")) {
      try measure(tree, threads: threads, entries: entries) {
        try tree.remove("f")
        try tree.link("f", to: "Dockerfile")
      }
    }
    try tree.remove("f")
    try tree.file("f", "before")
    #expect(throws: ContextError.changed(path: "f")) {
      try measure(tree, threads: threads, entries: entries) {
        try tree.remove("f")
        try tree.fifo("f")
      }
    }
  }

  @Test func aFileThatBecameAnotherNameOfOneIsAChange() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("f", "before")
    #expect(throws: ContextError.changed(path: "f")) {
      try measure(tree, entries: 3) {
        try tree.remove("f")
        try tree.hardLink("f", to: "Dockerfile")
      }
    }
  }

  /// Counted before it is read, however it is read.
  @Test(arguments: 1...2) func aFileBeyondTheLimitIsNotRead(threads: Int) throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.directory("d")
    try tree.file("d/f")
    try #require(truncate(tree.path("d/f"), 1 << 40) == 0)
    var questions = 0
    #expect(throws: ContextError.tooManyEntries(limit: 2)) {
      try measure(tree, threads: threads, limits: ContextLimits(entries: 2)) {
        questions += 1
        return questions > 40
      }
    }
  }

  // MARK: - Capabilities

  /// A file is sent as it was measured or not at all.
  @Test(.enabled(if: geteuid() == 0)) func aCapabilityThatComesLaterIsNotSentAndOneThatGoesIsAChange() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("f", "x")
    func change(_ call: String) throws {
      try #require(Shell.output(of: "python3 -c \"import os; os.\(call)\"").status == 0)
    }
    let attribute = "'\(tree.path("f"))', 'security.capability'"
    let without = try tree.snapshot()
    let archive = try without.tar()
    try change("setxattr(\(attribute), bytes.fromhex('0100000200200000' + '0' * 24))")
    #expect(try without.tar() == archive)
    let with = try tree.snapshot()
    #expect(with.digest != without.digest)
    try change("removexattr(\(attribute))")
    #expect(throws: ContextTransferError<Never>.context(.changed(path: "f"))) { try with.tar() }
  }

  @Test(.enabled(if: geteuid() == 0), arguments: 1...2) func aCapabilityIsFoundWhereverItIs(threads: Int) throws {
    let tree = try TemporaryTree(below: "/var/tmp")
    for name in ["Dockerfile", "a", "b", "c", "d", "e"] { try tree.file(name) }
    let script = "import os; os.setxattr('\(tree.path("b"))', 'user.note', b'x')"
    try #require(Shell.output(of: "python3 -c \"\(script)\"").status == 0)
    let hex = try setCapability(of: tree.path("c"))
    try setCapability(of: tree.path("e"))
    let lines = try measure(tree, threads: threads).manifest.split(separator: "\n").dropFirst()
    #expect(lines.filter { $0.contains(" \(hex) ") }.compactMap(\.last) == ["c", "e"])
  }

  @Test(.enabled(if: geteuid() == 0)) func allNamesOfAFileHaveItsCapability() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("a", "x")
    try tree.hardLink("b", to: "a")
    let hex = try setCapability(of: tree.path("a"))
    let index = FileDigestIndex(limit: 10)
    for _ in 1...2 {
      let snapshot = try measure(tree, threads: 1, index: index)
      #expect(snapshot.manifest.contains(" \(hex) a\n"))
      #expect(snapshot.manifest.contains(" a \(hex) b\n"))
      #expect(try Int64(snapshot.tar().count) == snapshot.tarSize)
    }
    #expect(index.count == 0)
  }
}
