import Testing

@testable import BuildContext

@Suite struct ContextSurveyTests {
  private func survey(_ lines: String, _ walker: ContextWalker = .buildKit) throws -> ContextSurvey {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    try tree.file(".dockerignore", lines)
    return try ContextSurvey(of: ContextSource(root: tree.root, walker: walker))
  }

  @Test(
    arguments: [
      ("a", "a", 1), ("a", "a/b/c", 1), ("a", "ab", nil), ("a\n!a/b", "a/b/c", nil), ("a\n!a/b", "a/c", 1),
      ("x\n\n**/*.log", "a/b.log", 3), ("*\n!src\nsrc/tmp", "src/tmp/x", 3), ("*\n!src\nsrc/tmp", "./src//y/", nil),
      ("a\na", "a", 1), ("*", "Dockerfile", nil), ("!a", "b", nil),
    ] as [(String, String, Int?)])
  func lineThatRemovesAPath(lines: String, path: String, line: Int?) throws {
    #expect(try survey(lines).lineRemoving(path)?.number == line)
  }

  @Test func lineDependsOnWhoseClientSends() throws {
    #expect(try survey("out\n!**/*.txt", .classic).lineRemoving("out/a.txt")?.number == 1)
    #expect(try survey("out\n!**/*.txt", .buildKit).lineRemoving("out/a.txt") == nil)
  }

  @Test func patternsAreShownAsTheyAreUnderstood() throws {
    let lines = try survey(" /a//b/ \n! c\n#d\ne f\u{7}\n").lines
    #expect(lines.map(\.text) == ["a/b", "!c", #"e f\x07"#])
    #expect(lines.map(\.number) == [1, 2, 4])
    #expect(lines.map(\.isException) == [false, true, false])
  }

  @Test func patternThatNoBuilderCanUseIsAnError() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile")
    try tree.file(".dockerignore", "a*[z-a]\n")
    let survey = try ContextSurvey(of: ContextSource(root: tree.root, walker: .buildKit))
    let error = ContextError.ignoreFileInvalid(
      path: ".dockerignore", line: 1, pattern: "a*[z-a]", reason: .malformedExpression)
    #expect(throws: error) { _ = try survey.lineRemoving("ab") }
    #expect(throws: error) { _ = try survey.walk(Names()) }
  }

  /// Paths with their kind and fate.
  private struct Names: SurveyReceiver {
    var found: [String] = []

    mutating func receive(_ entry: SurveyedEntry) {
      let path = String(decoding: entry.path, as: UTF8.self)
      let kind =
        switch entry.kind {
        case .directory: "d"
        case .file(let size, let link): "f\(size)" + (link.map { "#\($0.number)\($0.isFirst ? "" : "'")" } ?? "")
        case .link: "l"
        case .other: "o"
        case .unreadable: "u"
        }
      let fate =
        switch entry.fate {
        case .sent(let exception): exception.map { "sent by \($0)" } ?? "sent"
        case .removed(let line): "removed by \(line)"
        }
      found.append("\(path) \(kind) \(fate)\(entry.isLookedAt ? "" : " unseen")")
    }
  }

  @Test func everythingInADirectoryIsFound() throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "x")
    try tree.file(".dockerignore", "out\n!out/k\nz\n")
    try tree.directory("out")
    try tree.file("out/k", "1")
    try tree.directory("out/m")
    try tree.hardLink("out/n", to: "out/k")
    try tree.directory("z")
    try tree.fifo("z/p")
    try tree.link("l", to: "z")
    try tree.hardLink("y", to: "out/k")
    let survey = try ContextSurvey(of: ContextSource(root: tree.root, walker: .classic))
    #expect(
      try survey.walk(Names()).found == [
        ".dockerignore f13 sent", "Dockerfile f1 sent", "l l sent", "out d removed by 0", "out/k f1#0 sent by 1",
        "out/m d removed by 0", "out/n f1#0 removed by 0", "y f1#0' sent", "z d removed by 2",
        "z/p o removed by 2 unseen",
      ])
  }

  @Test func archiveIsAllSent() throws {
    var archive = TestArchive()
    archive.add("Dockerfile", "FROM scratch\n")
    archive.add(".dockerignore", "*\n")
    archive.add("d/a", "12")
    archive.add("d/b", type: "1", link: "d/a")
    archive.add("c", type: "2", link: "d")
    let tree = try receive(archive.ended)
    let survey = try ContextSurvey(of: ContextSource(archive: tree, walker: .classic))
    #expect(survey.ignoreFile == nil && survey.lines == [])
    #expect(String(decoding: survey.dockerfileBytes, as: UTF8.self) == "FROM scratch\n")
    #expect(
      try survey.walk(Names()).found == [
        ".dockerignore f2 sent", "Dockerfile f13 sent", "c l sent", "d d sent", "d/a f2#0 sent", "d/b f2#0' sent",
      ])
    #expect(try survey.destination(of: Array("c/a".utf8)) == .path(Array("d/a".utf8), links: [Array("c".utf8)]))
    #expect(try survey.destination(of: Array("x".utf8)) == .missing)
  }
}
