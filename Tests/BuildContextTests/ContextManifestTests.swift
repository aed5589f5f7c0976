import BuildContext
import Testing

struct ContextManifestTests {
  /// The shell commands, the manifest and the digest of Protocol/digest.md.
  @Test func theDocumentedExampleIsRight() throws {
    let document = Shell.output(of: "cat '\(Self.projectRoot)/Protocol/digest.md'").text
    let fences = document.split(separator: "```", omittingEmptySubsequences: false)
    let commands = try #require(fences.first { $0.contains("mkdir bin") }).drop { $0 != "\n" }
    let manifest = try #require(fences.first { $0.hasPrefix("\nswiftdock-context 1\n") }).dropFirst()

    let tree = try TemporaryTree()
    #expect(Shell.output(of: "cd '\(tree.root)' && umask 022 && \(commands)").status == 0)
    let snapshot = try tree.snapshot()
    #expect(snapshot.manifest == manifest)
    #expect(document.contains("    \(snapshot.digest)\n"))
    #expect(document.contains("of \(manifest.utf8.count) bytes"))

    let text = ContextSource(dockerfileText: Array("FROM scratch\nCOPY . /\n".utf8), walker: .buildKit)
    let textManifest = try ContextSnapshot(measuring: text).manifest
    #expect(fences.contains { $0 == "\n" + textManifest })
  }

  @Test func sha256sumOfTheManifestIsTheDigest() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    try tree.file("a b\\c\n\u{7F}é")
    let snapshot = try tree.snapshot()
    try tree.file("manifest", snapshot.manifest)
    let sum = Shell.output(of: "sha256sum < '\(tree.path("manifest"))'").text
    #expect(sum.prefix(64) == snapshot.digest.hex)
    #expect(snapshot.paths == ["Dockerfile", "a\\x20b\\x5cc\\x0a\\x7f\\xc3\\xa9"])
  }

  @Test func anyBytesCanBeNames() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    let made = Shell.output(of: "cd '\(tree.root)' && : > \"$(printf '\\377\\001\\357')\"")
    try #require(made.status == 0)
    let snapshot = try tree.snapshot()
    #expect(snapshot.paths == ["Dockerfile", "\\xff\\x01\\xef"])
    try tree.file("archive", bytes: try snapshot.tar())
    let listing = Shell.output(of: "tar tf '\(tree.path("archive"))' --quoting-style=literal").bytes
    #expect(listing == Array("Dockerfile\n".utf8) + [0xFF, 0x01, 0xEF, 0x0A])
  }

  @Test(.enabled(if: Self.canSetCapabilities, "setcap needs to be installed, and root"))
  func fileCapabilitiesCount() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("ping", mode: 0o755)
    try #require(Shell.output(of: "setcap cap_net_raw+ep '\(tree.path("ping"))'").status == 0)
    let snapshot = try tree.snapshot()
    // capabilities(7): revision 2 with the effective bit, then the permitted and inheritable sets; CAP_NET_RAW is 13.
    #expect(snapshot.manifest.contains(" 0100000200200000000000000000000000000000 ping\n"))
    try tree.file("archive", bytes: try snapshot.tar())
    try tree.directory("out")
    let unpacked = Shell.output(
      of: "cd '\(tree.root)/out' && tar xf ../archive --xattrs --xattrs-include='*' && getcap ping"
    ).text
    #expect(unpacked == "ping cap_net_raw=ep\n")
  }

  private static var canSetCapabilities: Bool {
    guard let tree = try? TemporaryTree(), (try? tree.file("f")) != nil else { return false }
    return Shell.output(of: "setcap cap_net_raw+ep '\(tree.path("f"))' 2>&1").status == 0
  }

  @Test func timesDoNotCount() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    let before = try tree.snapshot()
    try tree.setTime("Dockerfile", seconds: 1)
    #expect(try tree.snapshot().digest == before.digest)
  }

  @Test func componentsAreComparedOneByOne() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.directory("a")
    try tree.file("a/b")
    try tree.file("a.txt")
    try tree.file("a-b")
    try tree.file("A")
    #expect(try tree.snapshot().paths == ["A", "Dockerfile", "a", "a/b", "a-b", "a.txt"])
  }

  private enum Change: String, CaseIterable {
    case content, size, mode, name, target, emptyDirectory, hardLink, directoryMode
  }

  @Test(arguments: Change.allCases.map(\.rawValue))
  func everythingABuilderLooksAtCounts(name: String) throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file("f", "1")
    try tree.directory("d")
    try tree.file("d/g", "1")
    try tree.link("l", to: "f")
    let before = try tree.snapshot()
    switch try #require(Change(rawValue: name)) {
    case .content: try tree.file("f", "2")
    case .size: try tree.file("f", "11")
    case .mode: try tree.file("f", "1", mode: 0o600)
    case .name: #expect(Shell.output(of: "mv '\(tree.path("f"))' '\(tree.path("e"))'").status == 0)
    case .target:
      try tree.remove("l")
      try tree.link("l", to: "d/../f")
    case .emptyDirectory: try tree.directory("e")
    case .hardLink:
      try tree.remove("f")
      try tree.hardLink("f", to: "d/g")
    case .directoryMode: #expect(Shell.output(of: "chmod 700 '\(tree.path("d"))'").status == 0)
    }
    #expect(try tree.snapshot().digest != before.digest)
  }

  private static var projectRoot: String {
    #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }
  }
}
