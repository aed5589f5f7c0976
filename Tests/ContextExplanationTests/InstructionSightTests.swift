import BuildContext
import Dockerfile
import SwiftDockTestSupport
import Testing

@testable import ContextExplanation

/// What instructions see of a context, and what none does.
@Suite struct InstructionSightTests {
  private static let files = [
    "package.json": 1, "src/a.c": 2, "src/b.h": 4, "src/deep/a.c": 8, "docs/x.md": 16, "docs/y.txt": 32, "data/z": 64,
  ]

  @Test(
    arguments: [
      ("COPY . /", [127]), ("COPY / /", [127]), ("COPY ./ /", [127]), ("COPY ../.. /", [127]), ("COPY src /", [14]),
      ("COPY /src/ /", [14]), ("COPY src/../data /", [64]), ("COPY s* /", [14]), ("COPY *.json src/*.c /", [3]),
      ("COPY */*.c /", [2]), ("COPY src/*/a.c /", [8]), ("COPY src src/a.c /", [14]), ("COPY missing /", [0]),
      ("COPY *rc /\nCOPY docs /", [14, 48]), ("ADD src https://example.org/x /", [14]), ("COPY src* src/ /", [14]),
      ("COPY --exclude=*.c src /", [12]), ("COPY --exclude=**/*.c src /", [4]), ("COPY --exclude=deep src /", [6]),
      ("COPY --exclude=x.* docs/* /", [32]), ("COPY --exclude=docs/*.md . /", [111]),
      ("COPY --parents **/*.c /", [10]), ("COPY --parents src/./deep /", [8]), ("COPY --parents ./docs/*.md /", [16]),
      ("RUN --mount=target=/x true", [127]), ("RUN --mount=source=src,target=/x true", [14]),
      ("RUN --mount=source=s*,target=/x true", [0]), ("COPY [ /", [0]), (#"COPY ["src", "/"]"#, [14]),
    ] as [(String, [Int64])])
  func bytesThatAreSeen(text: String, seen: [Int64]) throws {
    // Neither of the builder's own files counts.
    let tree = try ExplainedTree(dockerfile: "FROM scratch\n\(text)\n", ignoring: "nothing\n", Self.files)
    let own = ["Dockerfile", ".dockerignore"]
    let ownBytes = try own.map { Int64(try HostFiles.bytes(of: tree.directory($0)).count) }.reduce(0, +)
    let explanation = try tree.explain()
    let takesAll = text.contains(" . /") || seen == [127]
    #expect(explanation.instructions.map(\.totals.bytes) == seen.map { takesAll ? $0 + ownBytes : $0 })
    #expect(explanation.unseen?.totals.bytes == 127 - seen.reduce(0, +))
  }

  @Test func whatNoneSeesIsListedByItsTopmostDirectories() throws {
    let tree = try ExplainedTree(dockerfile: "FROM scratch\nCOPY src/deep package.json /\n", Self.files)
    #expect(try tree.explain().unseenText == ["data 64", "docs 48", "src/b.h 4", "src/a.c 2"])
  }

  @Test func stagesThatAreNotBuiltSeeNothing() throws {
    let tree = try ExplainedTree(dockerfile: "FROM scratch AS a\nCOPY docs /\nFROM scratch\nCOPY src /\n", Self.files)
    #expect(try tree.explain().unseen?.totals.bytes == 127 - 14)
    #expect(try tree.explain(.classic).unseen?.totals.bytes == 127 - 14 - 48)
    #expect(try tree.explain(target: "a").unseen?.totals.bytes == 127 - 48)
    #expect(try tree.explain().instructions.map(\.stage) == ["1"])
  }

  @Test func sourceThatCannotBeToldMaySeeEverything() throws {
    let tree = try ExplainedTree(dockerfile: "FROM image\nCOPY $WHAT /\nCOPY src /\n", Self.files)
    let explanation = try tree.explain()
    #expect(explanation.unseen == nil)
    #expect(explanation.instructions.map(\.unknownSource) == ["$WHAT", nil])
    #expect(explanation.instructions.map { $0.totals == explanation.sent } == [true, false])
  }

  @Test(arguments: ["current/a.c", "chain/../current/a.c", "chain/a.c", "cur*/a.c", "chai*/a.c"])
  func linksLeadInstructionsOn(source: String) throws {
    let tree = try ExplainedTree(dockerfile: "FROM scratch\nCOPY \(source) /\n", Self.files)
    _ = try RunningProgram.output(of: ["ln", "-s", "src", tree.directory("current")])
    _ = try RunningProgram.output(of: ["ln", "-s", "./current", tree.directory("chain")])
    // The part in front of a pattern is followed; a pattern matches no path through a link.
    let seen: Int64 = source.contains("*") ? 0 : 2
    #expect(try tree.explain().unseen?.totals.bytes == 127 - seen)
  }

  @Test func linkThatAPatternMatchesIsFollowed() throws {
    let tree = try ExplainedTree(dockerfile: "FROM scratch\nCOPY li* /\n", Self.files)
    _ = try RunningProgram.output(of: ["ln", "-s", "docs", tree.directory("link")])
    #expect(try tree.explain().unseen?.totals.bytes == 127 - 48)
  }

  @Test func linkOutOfTheContextMayLeadAnywhereInIt() throws {
    let tree = try ExplainedTree(dockerfile: "FROM scratch\nCOPY link/x /\n", Self.files)
    _ = try RunningProgram.output(of: ["ln", "-s", "/nowhere", tree.directory("link")])
    let explanation = try tree.explain()
    #expect(explanation.unseen == nil && explanation.instructions.first?.unknownSource == "link/x")
  }

  @Test func fileIsSeenUnderAnyOfItsNames() throws {
    let tree = try ExplainedTree(dockerfile: "FROM scratch\nCOPY z /\n", ["a": 100, "b": 1])
    _ = try RunningProgram.output(of: ["ln", tree.directory("a"), tree.directory("z")])
    let explanation = try tree.explain()
    #expect(explanation.instructions.map(\.totals) == [Totals(files: 1, bytes: 100)])
    #expect(explanation.unseen?.totals == Totals(files: 1, bytes: 1))
  }

  @Test func moreSourcesThanAreFollowedMaySeeEverything() throws {
    let copies = (0..<SourceSet.limit).map { "COPY x\($0) /\n" }.joined()
    let tree = try ExplainedTree(dockerfile: "FROM scratch\n" + copies, Self.files)
    #expect(try tree.explain().unseen != nil)
    try tree.directory.write("Dockerfile", "FROM scratch\n" + copies + "COPY y /\n")
    #expect(try tree.explain().unseen == nil)
  }
}
