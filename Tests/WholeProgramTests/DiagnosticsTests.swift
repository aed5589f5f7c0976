import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// The places of failures, which both builders agree on.
  @Suite struct DiagnosticsTests {
    struct Failure: CustomTestStringConvertible {
      let testDescription: String
      let dockerfile: String
      var target: String?
      /// Path, first line, line behind the last, code.
      let found: [String]
    }

    static let failures = [
      Failure(
        testDescription: "syntax", dockerfile: "FROM scratch\nCOPY busybox /bin/sh\nBOGUS\n",
        found: ["Dockerfile 2 3 dockerfileSyntax"]),
      Failure(
        testDescription: "target", dockerfile: "FROM scratch AS build\nCOPY busybox /\n", target: "buidl",
        found: ["Dockerfile 0 1 unknownTarget"]),
      Failure(
        testDescription: "source", dockerfile: "FROM scratch\nCOPY busybox /\nCOPY kept.log /\n",
        found: ["Dockerfile 2 3 missingSource", ".dockerignore 1 2 removesSource"]),
      Failure(
        testDescription: "command", dockerfile: "FROM scratch\nCOPY busybox /bin/sh\nRUN echo last; \\\n  exit 3\n",
        found: ["Dockerfile 2 4 commandFailed"]),
    ]

    @Test(arguments: failures, BuilderName.allCases)
    func failureHasItsPlaces(failure: Failure, builder: BuilderName) throws {
      let tree = try ContextTree(steps: "")
      try tree.directory.write("Dockerfile", failure.dockerfile)
      try tree.directory.write(".dockerignore", "# logs\n*.log\n")
      try tree.directory.write("kept.log", "")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let target = failure.target.map { ["--target", $0] } ?? []
      let end = try FinishedBuild(
        broker.start(["build", "--json", "--builder", builder.rawValue] + target + [tree.path]))
      #expect(end.exit == .code(1))
      let pointed = (end.errorDetail?["diagnostics"]?.arrayValue ?? []).map(Self.text)
      #expect(pointed == failure.found, "\(end.log)")
    }

    /// BuildKit takes patterns that match nothing for none.
    @Test func patternsThatOnlyAnIgnoreLineLeavesWithoutAMatchHaveIt() throws {
      let tree = try ContextTree(steps: "COPY k*.log /")
      try tree.directory.write(".dockerignore", "# logs\n*.log\n")
      try tree.directory.write("kept.log", "")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let end = try broker.build(tree, "--builder", "classic")
      #expect(end.exit == .code(1))
      let pointed = (end.errorDetail?["diagnostics"]?.arrayValue ?? []).map(Self.text)
      #expect(pointed == ["Dockerfile 3 4 missingSource", ".dockerignore 1 2 removesSource"], "\(end.log)")
      #expect(end.errorDetail?["removedBy"] == ["path": ".dockerignore", "line": 2, "pattern": "*.log"])
    }

    private static func text(_ diagnostic: JSONValue) -> String {
      let start = diagnostic["range"]?["start"]?["line"]?.integerValue ?? -1
      let end = diagnostic["range"]?["end"]?["line"]?.integerValue ?? -1
      return "\(diagnostic["path"]?.stringValue ?? "") \(start) \(end) \(diagnostic["code"]?.stringValue ?? "")"
    }
  }
}
