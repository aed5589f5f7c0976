import BuildContext
import Dockerfile
import SwiftDockTestSupport
import Testing

@testable import ContextExplanation

@Suite struct SuggestionTests {
  private static let made = [
    ".git/HEAD": 10, ".git/objects/x": 990, "package.json": 1, "node_modules/p/i.js": 2_000, "Cargo.toml": 1,
    "target/debug/x": 3_000, ".venv/pyvenv.cfg": 10, ".venv/lib/m.py": 490, ".venv/lib/__pycache__/m.pyc": 500,
    "src/main.rs": 1, "src/__pycache__/a.pyc": 100, "lib/__pycache__/b.pyc": 50,
  ]

  @Test(arguments: [ContextWalker.classic, .buildKit])
  func linesTakeAwayWhatTheySay(walker: ContextWalker) throws {
    let tree = try ExplainedTree(dockerfile: "FROM scratch\nCOPY . /\n", ignoring: "nothing\n", Self.made)
    let before = try tree.explain(walker)
    #expect(
      before.suggestionText == ["target 3000", "node_modules 2000", ".git 1000", ".venv 1000", "**/__pycache__ 150"])
    var lines = "nothing\n"
    for suggestion in before.suggestions {
      let own = Int64(lines.utf8.count)
      let last = try tree.snapshot(walker)
      lines += suggestion.pattern + "\n"
      try tree.directory.write(".dockerignore", lines)
      let now = try tree.snapshot(walker)
      let grown = Int64(lines.utf8.count) - own
      #expect(last.contentBytes - now.contentBytes + grown == suggestion.totals.bytes, "\(suggestion.pattern)")
      #expect(last.fileCount - now.fileCount == suggestion.totals.files)
    }
    #expect(try tree.explain(walker).suggestions == [])
    let kept = try tree.snapshot(walker)
    #expect(kept.fileCount == 5)
  }

  @Test(
    arguments: [
      ("COPY target/debug/x /", ["target"]), ("COPY target/*/x /", ["target"]), ("COPY target /", ["target"]),
      ("COPY target/missing /", ["target"]), ("COPY node_modules/p /", ["node_modules"]),
      ("COPY . /\nCOPY node_modules /", ["node_modules"]), ("RUN --mount=source=.git,target=/g true", [".git"]),
      ("COPY node_mod* /", ["node_modules"]), ("COPY .venv/lib/__pycache__ /", [".venv"]),
    ])
  func whatAnInstructionNamesIsNeverSuggested(text: String, named: [String]) throws {
    let tree = try ExplainedTree(dockerfile: "FROM scratch\n\(text)\n", Self.made)
    let patterns = try tree.explain().suggestions.map(\.pattern)
    #expect(!patterns.isEmpty)
    for name in named {
      #expect(!patterns.contains { $0 == name || $0.hasPrefix(name + "/") || $0 == "**/" + name })
    }
  }

  @Test(
    arguments: [
      ("RUN git describe", ".git", false), ("RUN echo digit", ".git", true),
      (#"CMD ["java", "-jar", "target/x.jar"]"#, "target", false),
      ("RUN cargo build && cp target/x /x", "target", true),
      ("RUN --mount=type=cache,target=/c cc", "target", true), ("RUN rm -rf node_modules", "node_modules", false),
      ("RUN npm ci && ls node_modules/.bin", "node_modules", true),
      (#"CMD ["node", "index.js"]"#, "node_modules", false), ("CMD npm start", "node_modules", false),
      ("RUN apt-get install x && npm start", "node_modules", false), ("RUN npx tsc", "node_modules", false),
      ("RUN npm --prefix . \\\n install\nCMD npm start", "node_modules", true),
      ("RUN yarn --frozen-lockfile\nCMD node x", "node_modules", true), ("RUN yarn build", "node_modules", false),
      (#"RUN ["pnpm", "i"]"#, "node_modules", true), ("ENV PATH=/app/.venv/bin", ".venv", false),
      ("ENV PATH=/app/.venv/bin\nRUN uv sync", ".venv", true),
    ])
  func whatCommandsUseIsNotSuggestedUnlessTheyMakeIt(text: String, pattern: String, isSuggested: Bool) throws {
    let tree = try ExplainedTree(dockerfile: "FROM scratch\nCOPY . /\n\(text)\n", Self.made)
    #expect(try tree.explain().suggestions.contains { $0.pattern == pattern } == isSuggested)
  }

  @Test func aNameAloneShowsNothing() throws {
    let tree = try ExplainedTree(
      dockerfile: "FROM scratch\nCOPY . /\n",
      ["node_modules/a": 9, "target/b": 9, ".git/c": 9, "venv/d": 9, ".venv/e": 9, "dist/f": 9, "build/g": 9])
    #expect(try tree.explain().suggestions == [])
  }

  @Test func whatALineLeavesOutAlreadyIsNotSuggested() throws {
    let tree = try ExplainedTree(
      dockerfile: "FROM scratch\nCOPY . /\n", ignoring: ".git\n**/node_modules\n.venv/lib\n**/__pycache__\n", Self.made)
    #expect(try tree.explain().suggestionText == ["target 3000", ".venv 10"])
  }

  @Test func onePatternStandsForManyOnlyIfItMeansThemAlone() throws {
    var files = ["a/package.json": 1, "a/node_modules/x": 10, "b/package.json": 1, "b/node_modules/y": 20]
    var tree = try ExplainedTree(dockerfile: "FROM scratch\nCOPY . /\n", files)
    #expect(try tree.explain().suggestionText == ["**/node_modules 30"])
    files["c/node_modules/z"] = 40
    tree = try ExplainedTree(dockerfile: "FROM scratch\nCOPY . /\n", files)
    #expect(try tree.explain().suggestionText == ["b/node_modules 20", "a/node_modules 10"])
    tree = try ExplainedTree(
      dockerfile: "FROM scratch\nCOPY . /\n", ["a/pom.xml": 1, "a/target/x": 10, "b/Cargo.toml": 1, "b/target/y": 20])
    #expect(try tree.explain().suggestionText == ["b/target 20", "a/target 10"])
  }

  @Test func whatIsInsideCountsOnceOnly() throws {
    let tree = try ExplainedTree(
      dockerfile: "FROM scratch\nCOPY . /\n",
      ["package.json": 1, "node_modules/p/package.json": 2, "node_modules/p/node_modules/q": 30])
    #expect(try tree.explain().suggestionText == ["node_modules 32"])
  }

  @Test func muchThatNoInstructionSeesIsSuggested() throws {
    let tree = try ExplainedTree(
      dockerfile: "FROM scratch\nCOPY src /\n",
      [
        "src/a": 1, "data/x/y": 3_000_000, "dump.sql": 2_000_000, "small/x": 999_999, "src2/package.json": 1,
        "src2/z": 1_000_000, "src2/node_modules/p": 500,
      ])
    let explanation = try tree.explain()
    #expect(
      explanation.suggestionText == ["data 3000000", "dump.sql 2000000", "src2 1000001", "src2/node_modules 500"])
    let before = try tree.snapshot()
    let lines = explanation.suggestions.map { $0.pattern + "\n" }.joined()
    try tree.directory.write(".dockerignore", lines)
    let after = try tree.snapshot()
    let stated = explanation.suggestions.map(\.totals.bytes).reduce(0, +)
    #expect(before.contentBytes - after.contentBytes + Int64(lines.utf8.count) == stated)
  }

  @Test func builderKeepsItsDockerfile() throws {
    let tree = try ExplainedTree(["docker/data": 2_000_000])
    try tree.directory.write("docker/Dockerfile", "FROM scratch\n")
    let explanation = try tree.explain(dockerfile: "docker/Dockerfile")
    #expect(explanation.suggestionText == ["docker 2000000"])
  }

  @Test func nothingIsSuggestedWhereASourceIsUnknown() throws {
    let tree = try ExplainedTree(dockerfile: "FROM image\nCOPY . /\nCOPY $X /\n", Self.made)
    #expect(try tree.explain().suggestions == [])
  }

  @Test func fileThatIsSentUnderAnotherNameIsNotSaved() throws {
    let tree = try ExplainedTree(
      dockerfile: "FROM scratch\nCOPY . /\n",
      ["package.json": 1, "node_modules/a": 10, "node_modules/b": 20, "node_modules/sub/": 0])
    _ = try RunningProgram.output(of: ["ln", tree.directory("node_modules/a"), tree.directory("zz")])
    _ = try RunningProgram.output(of: ["ln", tree.directory("node_modules/b"), tree.directory("node_modules/sub/b")])
    #expect(try tree.explain().suggestionText == ["node_modules 20"])
  }

  @Test(arguments: [
    ("a", "a"), ("a b/é.x", "a b/é.x"), ("!a", nil), ("#a", nil), ("a*", nil), ("a ", nil), ("[a]", nil),
  ])
  func pathsAreWrittenAsPatternsOnlyIfTheyStandForThemselves(path: String, pattern: String?) {
    #expect(SuggestionFinder.pattern(for: Array(path.utf8)) == pattern)
  }
}
