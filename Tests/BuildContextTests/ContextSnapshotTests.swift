import BuildContext
import Glibc
import Testing

struct ContextSnapshotTests {
  // MARK: - Roots

  @Test func refusesRootsThatAreNoDirectories() throws {
    let tree = try TemporaryTree()
    try tree.file("f")
    func measure(_ root: String) throws(ContextError) {
      _ = try ContextSnapshot(measuring: ContextSource(root: root, walker: .classic))
    }
    let missing = tree.path("none")
    #expect(throws: ContextError.notFound(path: missing)) { try measure(missing) }
    #expect(throws: ContextError.notFound(path: "relative")) { try measure("relative") }
    let file = tree.path("f")
    #expect(throws: ContextError.notADirectory(path: file)) { try measure(file) }
    #expect(throws: ContextError.forbiddenFilesystem(path: ".")) { try measure("/proc/self") }
    #expect(throws: ContextError.forbiddenFilesystem(path: ".")) { try measure("/sys") }
    #expect(throws: ContextError.unreadable(path: ".", errno: ELOOP)) { try measure("/proc/self/cwd") }
  }

  @Test func followsARootThatIsALink() throws {
    let tree = try TemporaryTree()
    try tree.directory("real")
    try tree.file("real/Dockerfile", "FROM scratch\n")
    try tree.link("link", to: "real")
    let snapshot = try ContextSnapshot(measuring: ContextSource(root: tree.path("link"), walker: .classic))
    #expect(snapshot.paths == ["Dockerfile"])
  }

  // MARK: - Dockerfile

  @Test(
    arguments: [
      (nil, "Dockerfile"), ("dockerfile", "dockerfile"), ("./a//Real", "a/Real"), ("link", "a/Real"),
      ("dir/Real", "a/Real"),
      ("a/../up", "a/Real"), ("absolute", "a/Real"),
    ] as [(String?, String)])
  func findsTheDockerfile(given: String?, path: String) throws {
    let tree = try treeOfDockerfiles()
    let snapshot = try tree.snapshot(dockerfile: given)
    #expect(snapshot.dockerfile == path)
    #expect(snapshot.dockerfileBytes == Array("# \(path)\n".utf8))
  }

  @Test(arguments: ["none", "", "/etc/passwd", "../Dockerfile", "outside", "escaping", "dangling", "Dockerfile/x"])
  func refusesADockerfileThatIsNotInTheContext(given: String) throws {
    let tree = try treeOfDockerfiles()
    #expect(throws: ContextError.dockerfileNotFound(path: given)) { try tree.snapshot(dockerfile: given) }
  }

  @Test func refusesADockerfileThatIsNoFile() throws {
    let tree = try treeOfDockerfiles()
    try tree.fifo("pipe")
    #expect(throws: ContextError.unreadable(path: "a", errno: EISDIR)) { try tree.snapshot(dockerfile: "a") }
    #expect(throws: ContextError.unreadable(path: ".", errno: EISDIR)) { try tree.snapshot(dockerfile: ".") }
    #expect(throws: ContextError.unreadable(path: "pipe", errno: EINVAL)) { try tree.snapshot(dockerfile: "pipe") }
    #expect(throws: ContextError.unreadable(path: "loop", errno: ELOOP)) { try tree.snapshot(dockerfile: "loop") }
  }

  private func treeOfDockerfiles() throws -> TemporaryTree {
    let tree = try TemporaryTree()
    try tree.directory("a")
    for name in ["Dockerfile", "dockerfile", "a/Real"] { try tree.file(name, "# \(name)\n") }
    try tree.link("dir", to: "a")
    try tree.link("link", to: "dir/Real")
    try tree.link("up", to: "./link")
    try tree.link("absolute", to: tree.path("a/Real"))
    try tree.link("outside", to: "/etc/passwd")
    try tree.link("escaping", to: "a/../../x")
    try tree.link("dangling", to: "nowhere")
    try tree.link("loop", to: "loop")
    return tree
  }

  @Test func fallsBackToTheLowerCaseName() throws {
    let tree = try TemporaryTree()
    #expect(throws: ContextError.dockerfileNotFound(path: "Dockerfile")) { try tree.snapshot() }
    try tree.file("dockerfile")
    #expect(try tree.snapshot().dockerfile == "dockerfile")
  }

  @Test func keepsTheBytesOfADockerfileThatIsASecondName() throws {
    let tree = try TemporaryTree()
    try tree.file("A", "FROM scratch\n")
    try tree.hardLink("Dockerfile", to: "A")
    #expect(try tree.snapshot().dockerfileBytes == Array("FROM scratch\n".utf8))
  }

  @Test func limitsTheDockerfileTo1MiB() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", bytes: [UInt8](repeating: 0x0A, count: 1 << 20))
    #expect(try tree.snapshot().dockerfileBytes.count == 1 << 20)
    try tree.file("Dockerfile", bytes: [UInt8](repeating: 0x0A, count: 1 << 20 + 1))
    #expect(throws: ContextError.dockerfileTooLarge(limitBytes: 1 << 20)) { try tree.snapshot() }
  }

  // MARK: - Ignore files

  @Test func buildKitsOwnIgnoreFileStandsBesideTheDockerfileAsNamed() throws {
    let tree = try TemporaryTree()
    try tree.directory("sub")
    try tree.file("sub/prod.Dockerfile")
    try tree.file("sub/prod.Dockerfile.dockerignore", "x\n")
    try tree.file(".dockerignore", "y\n")
    try tree.file("x")
    try tree.file("y")
    let classic = try tree.snapshot(.classic, dockerfile: "sub/prod.Dockerfile")
    #expect(classic.ignoreFile == ".dockerignore")
    #expect(!classic.paths.contains("y") && classic.paths.contains("x"))
    let buildKit = try tree.snapshot(.buildKit, dockerfile: "./sub/prod.Dockerfile")
    #expect(buildKit.ignoreFile == "sub/prod.Dockerfile.dockerignore")
    #expect(buildKit.paths.contains("y") && !buildKit.paths.contains("x"))
    try tree.file("sub/prod.Dockerfile.dockerignore", "")
    #expect(try tree.snapshot(.buildKit, dockerfile: "sub/prod.Dockerfile").paths.contains("x"))
  }

  @Test func whatTheBuilderNeedsIsSentThoughExcluded() throws {
    let tree = try TemporaryTree()
    try tree.directory("sub")
    try tree.file("sub/Dockerfile")
    try tree.file("sub/x")
    try tree.file(".dockerignore", "*\n")
    #expect(try tree.snapshot(.classic, dockerfile: "sub/Dockerfile").paths == [".dockerignore", "sub/Dockerfile"])
    #expect(try tree.snapshot(.buildKit, dockerfile: "sub/Dockerfile").paths == ["sub", "sub/Dockerfile"])
  }

  @Test func directoriesAboveAnExceptionGetEntriesForBuildKitOnly() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file(".dockerignore", "*\n!a/b/keep\n!c/**/keep\n")
    for name in ["a", "a/b", "a/x", "c", "c/d"] { try tree.directory(name) }
    for name in ["a/b/keep", "a/b/other", "c/d/keep"] { try tree.file(name) }
    #expect(try tree.snapshot(.classic).paths == [".dockerignore", "Dockerfile", "a/b/keep"])
    #expect(try tree.snapshot(.buildKit).paths == ["Dockerfile", "a", "a/b", "a/b/keep", "c", "c/d", "c/d/keep"])
  }

  @Test func refusesUnusableIgnoreFiles() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file(".dockerignore", "ok\n[a\n")
    #expect(
      throws: ContextError.ignoreFileInvalid(
        path: ".dockerignore", line: 2, pattern: "[a", reason: .malformedPattern)
    ) { try tree.snapshot() }
    try tree.file(".dockerignore", "x*[a\n")
    #expect(
      throws: ContextError.ignoreFileInvalid(
        path: ".dockerignore", line: 1, pattern: "x*[a", reason: .malformedExpression)
    ) { try tree.snapshot() }
    try tree.remove(".dockerignore")
    try tree.directory(".dockerignore")
    #expect(throws: ContextError.unreadable(path: ".dockerignore", errno: EISDIR)) { try tree.snapshot() }
    try tree.remove(".dockerignore")
    try tree.link(".dockerignore", to: "nowhere")
    #expect(try tree.snapshot().ignoreFile == nil)
  }

  // MARK: - Limits

  @Test func countsAndLimits() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "12345")
    try tree.file("a", "123")
    try tree.hardLink("b", to: "a")
    try tree.directory("d")
    let snapshot = try tree.snapshot(limits: ContextLimits(entries: 4, bytes: 8))
    #expect(snapshot.entryCount == 4)
    #expect(snapshot.fileCount == 2)
    #expect(snapshot.contentBytes == 8)
    #expect(throws: ContextError.tooManyEntries(limit: 3)) { try tree.snapshot(limits: ContextLimits(entries: 3)) }
    #expect(throws: ContextError.tooLarge(limitBytes: 7)) { try tree.snapshot(limits: ContextLimits(bytes: 7)) }
  }

  @Test func aSparseFileOverTheLimitIsNotRead() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("huge")
    try #require(truncate(tree.path("huge"), 1 << 40) == 0)
    #expect(throws: ContextError.tooLarge(limitBytes: 1 << 30)) {
      try tree.snapshot(limits: ContextLimits(bytes: 1 << 30))
    }
  }

  @Test func stopsWhenInterrupted() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    var questions = 0
    #expect(throws: ContextError.interrupted) {
      _ = try ContextSnapshot(measuring: ContextSource(root: tree.root, walker: .classic)) {
        questions += 1
        return questions > 1
      }
    }
  }

  // MARK: - Changes while measuring

  /// The question whether to stop is asked before each entry and before each piece of a file; `f` changes from its
  /// second piece on.
  private func measure(_ tree: TemporaryTree, changes: Int) throws -> ContextSnapshot {
    let size = 600_000
    try tree.file("Dockerfile")
    try tree.file("f", bytes: [UInt8](repeating: 0, count: size))
    var pieces = 0
    var made = 0
    return try ContextSnapshot(measuring: ContextSource(root: tree.root, walker: .classic)) {
      pieces += 1
      if pieces > 3, made < changes {
        made += 1
        #expect(truncate(tree.path("f"), off_t(size + made)) == 0)
      }
      return false
    }
  }

  @Test func aFileThatChangesOnceIsReadAgain() throws {
    let tree = try TemporaryTree()
    let snapshot = try measure(tree, changes: 1)
    #expect(snapshot.contentBytes == 600_001)
    #expect(try Int64(snapshot.tar().count) == snapshot.tarSize)
  }

  @Test func aFileThatKeepsChangingIsNotMeasured() throws {
    let tree = try TemporaryTree()
    #expect(throws: ContextError.changed(path: "f")) { try measure(tree, changes: .max) }
  }

  // MARK: - Odd trees

  @Test func fifosAreNotOpenedAndSocketsAreCounted() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.fifo("pipe", mode: 0o620)
    let listener = try UnixListener(path: tree.path("socket"))
    defer { listener.close() }
    let snapshot = try tree.snapshot()
    #expect(snapshot.manifest.hasSuffix("\np 0620 - - - pipe\n"))
    #expect(snapshot.skippedSockets == 1)
  }

  @Test func twoThousandLevelsAreWalkedWithFewDescriptors() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    let script =
      "import os\nos.chdir('\(tree.root)')\nfor i in range(2000):\n os.mkdir('d'); os.chdir('d')\nopen('f','w').close()"
    try #require(Shell.output(of: "python3 -c \"\(script)\"").status == 0)
    let snapshot = try tree.snapshot()
    #expect(snapshot.entryCount == 2002)
    #expect(try Int64(snapshot.tar().count) == snapshot.tarSize)
  }

  @Test func aPathThatNoEngineCouldUnpackIsRefused() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    let script = "import os\nos.chdir('\(tree.root)')\nfor i in range(2050):\n os.mkdir('d'); os.chdir('d')"
    try #require(Shell.output(of: "python3 -c \"\(script)\"").status == 0)
    let path = Array(repeating: "d", count: 2049).joined(separator: "/")
    #expect(throws: ContextError.unreadable(path: path, errno: ENAMETOOLONG)) { try tree.snapshot() }
  }

  @Test func whatMayNotBeReadIsNamedUnlessItIsExcluded() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.directory("d")
    try tree.file("d/secret", "x", mode: 0o600)
    func measureAsNobody(_ walker: ContextWalker = .classic) throws(ContextError) -> [String] {
      let root = tree.root
      return try withoutPrivileges { () throws(ContextError) in
        try ContextSnapshot(measuring: ContextSource(root: root, walker: walker)).paths
      }
    }
    #expect(throws: ContextError.unreadable(path: "d/secret", errno: EACCES)) { try measureAsNobody() }
    try tree.file(".dockerignore", "d/secret\n")
    #expect(try measureAsNobody() == [".dockerignore", "Dockerfile", "d"])
    try #require(chmod(tree.path("d"), 0o700) == 0)
    #expect(throws: ContextError.unreadable(path: "d", errno: EACCES)) { try measureAsNobody() }
    try tree.file(".dockerignore", "d\n")
    #expect(try measureAsNobody() == [".dockerignore", "Dockerfile"])
    // An exception makes the walk enter the directory, which only BuildKit's client forgives.
    try tree.file(".dockerignore", "d\n!d/x\n")
    #expect(throws: ContextError.unreadable(path: "d", errno: EACCES)) { try measureAsNobody() }
    #expect(try measureAsNobody(.buildKit) == [".dockerignore", "Dockerfile"])
    try #require(chmod(tree.path(".dockerignore"), 0o600) == 0)
    #expect(throws: ContextError.unreadable(path: ".dockerignore", errno: EACCES)) { try measureAsNobody() }
  }
}
