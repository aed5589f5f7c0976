import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Dockerfiles that cannot be built: the same words and places from both builders.
  @Suite struct BadDockerfileTests {
    struct Bad: CustomTestStringConvertible {
      let testDescription: String
      let dockerfile: String
      var options: [String] = []
      let code: Int64
      /// The lines that the excerpt points at.
      let lines: [String]
      var exitCode: Int64?
    }

    static let bad = [
      Bad(
        testDescription: "unknown instruction",
        dockerfile: "FROM scratch\nCOPY busybox /bin/sh\nBOGUS word\nRUN true\n",
        code: 1206, lines: ["   3 | >>> BOGUS word"]),
      Bad(testDescription: "empty", dockerfile: "# nothing\n", code: 1206, lines: []),
      Bad(
        testDescription: "failing step",
        dockerfile: "FROM scratch\nCOPY busybox /bin/sh\nRUN echo last; \\\n  exit 3\nRUN true\n", code: 1202,
        lines: ["   3 | >>> RUN echo last; \\", "   4 | >>>   exit 3"], exitCode: 3),
      Bad(
        testDescription: "missing source", dockerfile: "FROM scratch\nCOPY busybox /\nCOPY absent /\n", code: 1202,
        lines: ["   3 | >>> COPY absent /"]),
      Bad(
        testDescription: "unknown target", dockerfile: "FROM scratch AS one\nCOPY busybox /\n",
        options: ["--target", "two"], code: 1206, lines: []),
      Bad(
        testDescription: "secret of a session",
        dockerfile: "FROM scratch\nCOPY busybox /bin/sh\nRUN --mount=type=secret,id=x true\n", code: 1208,
        lines: ["   3 | >>> RUN --mount=type=secret,id=x true"]),
    ]

    @Test(arguments: bad, BuilderName.allCases)
    func failsWithItsPlace(bad: Bad, builder: BuilderName) throws {
      let tree = try ContextTree(steps: "")
      try tree.directory.write("Dockerfile", bad.dockerfile)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let end = try FinishedBuild(
        broker.start(["build", "--json", "--builder", builder.rawValue] + bad.options + [tree.path]))
      #expect(end.exit == .code(1))
      #expect(end.state == "failed")
      #expect(end.errorCode == bad.code, "\(end.log)")
      let pointed = end.log.split(separator: "\n").filter { $0.contains("| >>> ") }.map(String.init)
      #expect(pointed == bad.lines, "\(end.log)")
      #expect(end.errorDetail?["exitCode"]?.integerValue == bad.exitCode)
      #expect(try Docker().containers(namedIn: end.log) == [])
      // Said once, at the end.
      #expect(end.log.ranges(of: "\nERROR: ").count == 1, "\(end.log)")
    }
  }
}
