import BuildContext
import Dockerfile
import SwiftDockTestSupport
import Testing

@testable import ContextExplanation

@Suite struct ExplanationTests {
  private static let walkers: [ContextWalker] = [.classic, .buildKit]

  @Test(arguments: walkers) func sentAndRemovedAreEverything(walker: ContextWalker) throws {
    let tree = try ExplainedTree(
      ignoring: "*.log\nout\n!out/keep\nnode_modules/**\n**/cache\n",
      [
        "a.log": 10, "b/a.log": 20, "out/keep": 30, "out/deep/x": 40, "out/y": 50, "node_modules/p/i": 60,
        "node_modules/p/cache/j": 70, "b/cache/k": 80, "b/l": 90, "empty/": 0,
      ])
    let explanation = try tree.explain(walker)
    let snapshot = try tree.snapshot(walker)
    #expect(explanation.sent == Totals(files: snapshot.fileCount, bytes: snapshot.contentBytes))
    #expect(explanation.sent + explanation.removed == (try tree.everything()))
    let lines = explanation.ignored.filter { !$0.line.isException }.map(\.totals).reduce(Totals(), +)
    #expect(lines == explanation.removed)
  }

  @Test func eachLineHasWhatItAloneDecided() throws {
    let tree = try ExplainedTree(
      ignoring: "# comment\n*.log\nout\n!out/keep\nout/keep/x\nnode_module\nout\n",
      ["a.log": 1, "out/a.log": 2, "out/keep/x": 4, "out/keep/y": 8, "out/z": 16, "node_modules/i": 32])
    #expect(
      try tree.explain().ignoredText == [
        "2 *.log: 1 1 1", "3 out: 3 2 18", "4 !out/keep: 2 1 8", "5 out/keep/x: 1 1 4", "6 node_module: 0 0 0",
        "7 out: 0 0 0",
      ])
  }

  /// An exception with a wildcard brings back nothing of a directory that the classic client does not enter.
  @Test func linesDecideAsTheBuildersClientsDo() throws {
    let tree = try ExplainedTree(ignoring: "out\n!**/*.txt\n", ["out/a.txt": 1, "out/b": 2])
    #expect(try tree.explain(.classic).ignoredText == ["1 out: 3 2 3", "2 !**/*.txt: 0 0 0"])
    #expect(try tree.explain(.buildKit).ignoredText == ["1 out: 2 1 2", "2 !**/*.txt: 1 1 1"])
  }

  @Test func whatIsAlwaysSentIsNoExceptionsDoing() throws {
    let tree = try ExplainedTree(ignoring: "*\n", ["a": 5])
    let explanation = try tree.explain(.classic)
    #expect(explanation.ignoredText == ["1 *: 1 1 5"])
    #expect(explanation.sent.files == 2)
  }

  @Test func fileWithSeveralNamesCountsOnceAmongWhatIsSentAndOnceAmongWhatIsNot() throws {
    let tree = try ExplainedTree(ignoring: "out\n", ["a": 100, "out/": 0])
    for name in ["b", "out/c", "out/d"] {
      _ = try RunningProgram.output(of: ["ln", tree.directory("a"), tree.directory(name)])
    }
    let explanation = try tree.explain()
    let snapshot = try tree.snapshot()
    #expect(explanation.sent == Totals(files: snapshot.fileCount, bytes: snapshot.contentBytes))
    #expect(explanation.ignoredText == ["1 out: 3 1 100"])
  }

  @Test func directoryThatIsLeftOutAndCannotBeEnteredIsCounted() throws {
    let tree = try ExplainedTree(ignoring: "deep\n", ["deep/a": 1])
    // Together a path that is longer than any context may have, or any system call take.
    let name = String(repeating: "d", count: 250)
    let upper = Array(repeating: name, count: 15).joined(separator: "/")
    let lower = Array(repeating: name, count: 3).joined(separator: "/")
    _ = try RunningProgram.output(of: ["mkdir", "-p", tree.directory("deep/" + upper)])
    _ = try RunningProgram.output(of: ["env", "-C", tree.directory("deep/" + upper), "mkdir", "-p", lower])
    let explanation = try tree.explain()
    #expect(explanation.unreadable == 1)
    #expect(explanation.ignored.map(\.unreadable) == [1])
    #expect(explanation.removed == Totals(files: 1, bytes: 1))
  }

  @Test func theHeaviestAreListed() throws {
    let tree = try ExplainedTree(["a": 7, "b/c/d/e": 100, "b/c/d/f": 50, "g/h": 3])
    let explanation = try tree.explain()
    #expect(explanation.largest.map(\.path).prefix(3) == ["b/c/d/e", "b/c/d/f", "Dockerfile"])
    // What holds nothing but one directory is not told of again.
    #expect(
      explanation.directories.map { "\($0.path) \($0.totals.files) \($0.totals.bytes)" } == [
        "b 2 150", "b/c/d 2 150", "g 1 3",
      ])
  }

  @Test func listsAreBounded() throws {
    let files = Dictionary(uniqueKeysWithValues: (1...60).map { ("d\($0)/e/f/x\($0)", $0) })
    let lines = (1...600).map { "never\($0)\n" }.joined()
    let copies = (1...200).map { "COPY d\($0) /\n" }.joined()
    let tree = try ExplainedTree(dockerfile: "FROM scratch\n" + copies, ignoring: lines, files)
    let explanation = try tree.explain()
    #expect(explanation.largest.count == 20 && explanation.directories.count == 40)
    #expect(explanation.ignored.count == 500 && explanation.instructions.count == 100)
    #expect(explanation.largest.dropFirst(2).first?.path == "d60/e/f/x60")
  }

  @Test func pathsAreEscapedAsInAManifest() throws {
    let tree = try ExplainedTree(["a b\u{1B}é": 1_000])
    #expect(try tree.explain().largest.first?.path == #"a\x20b\x1b\xc3\xa9"#)
  }

  @Test func interruptionEndsIt() throws {
    let tree = try ExplainedTree(["a": 1])
    #expect(throws: ExplanationError.context(.interrupted)) {
      _ = try Explanation(
        of: ContextSource(root: tree.directory.path, walker: .buildKit), ResolutionOptions(builder: .buildKit),
        interrupted: { true })
    }
  }

  @Test func dockerfileThatIsNoneIsAnError() throws {
    let tree = try ExplainedTree(dockerfile: "\n", ["a": 1])
    #expect(throws: ExplanationError.dockerfile(.empty, path: "Dockerfile")) { _ = try tree.explain() }
  }

  @Test func contextThatIsADockerfileAlone() throws {
    let source = ContextSource(dockerfileText: Array("FROM scratch\nCOPY . /\n".utf8), walker: .buildKit)
    let explanation = try Explanation(of: source, ResolutionOptions(builder: .buildKit))
    #expect(explanation.sent == Totals(files: 1, bytes: 22))
    #expect(explanation.unseen?.totals == Totals())
  }

  @Test(arguments: walkers) func dockerfileBesideTheTreeCountsAsInTheDigest(walker: ContextWalker) throws {
    let tree = try ExplainedTree(ignoring: "b\n", ["a": 1, "b": 2])
    let source = ContextSource(
      root: tree.directory.path, dockerfileText: Array("FROM scratch\nCOPY a /\n".utf8), walker: walker)
    let snapshot = try ContextSnapshot(measuring: source)
    let explanation = try Explanation(of: source, ResolutionOptions(builder: .buildKit))
    #expect(explanation.sent == Totals(files: snapshot.fileCount, bytes: snapshot.contentBytes))
    #expect(explanation.ignoredText == ["1 b: 1 1 2"])
  }
}
