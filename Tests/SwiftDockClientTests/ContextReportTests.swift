import SwiftDockProtocol
import Testing

@testable import swiftdock_ctl

@Suite struct ContextReportTests {
  private static func result(unseen: ContextExplain.Unseen?, unknown: String?) -> ContextExplain.Result {
    func totals(_ files: Int, _ bytes: Int) -> ContextExplain.Totals { .init(files: files, sizeBytes: bytes) }
    return ContextExplain.Result(
      totals: totals(12, 5_100_000), dockerfile: "Dockerfile", ignoreFile: ".dockerignore",
      removed: .init(totals: totals(1, 7), unreadable: 2),
      largest: [.init(path: "a", sizeBytes: 5_000_000), .init(path: "tiny", sizeBytes: 10)],
      directories: [.init(path: "d", totals: totals(2, 100_000))],
      ignored: [
        .init(pattern: "*.log", line: 2, entries: 1, totals: totals(1, 7), unreadable: 2),
        .init(pattern: "typo", line: 10, entries: 0, totals: totals(0, 0), unreadable: 0),
        .init(pattern: "!x", line: 11, entries: 0, totals: totals(0, 0), unreadable: 0),
      ],
      instructions: [
        .init(
          keyword: "COPY", arguments: "a\u{1B}[31m /", line: 3, endLine: 3, stage: "0", sources: ["a"],
          unknownSource: unknown, totals: totals(1, 5_000_000))
      ],
      unseen: unseen,
      suggestions: [.init(pattern: ".git", reason: "Git's own data", totals: totals(3, 90_000))])
  }

  @Test func tablesAnswerOneQuestionEach() {
    let unseen = ContextExplain.Unseen(
      totals: .init(files: 4, sizeBytes: 90_000),
      paths: [.init(path: ".git", totals: .init(files: 3, sizeBytes: 90_000))])
    #expect(
      ContextReport.lines(Self.result(unseen: unseen, unknown: nil)) == [
        "Sent      5.1MB   12 files",
        "Left out  7B      1 file    and 2 that cannot be read",
        "Unseen    90.0kB  4 files   sent, and no instruction can see it",
        "", "Directories", "  100kB  2 files  d",
        "", "Largest files", "  5.0MB  a",
        "", "What each line of .dockerignore does",
        "  7B  1 file   2:   *.log  removed              2 cannot be read",
        "  0B  0 files  10:  typo   removes nothing",
        "  0B  0 files  11:  !x     brings nothing back",
        "", "What instructions of Dockerfile see", "  5.0MB  1 file  3:  COPY a [31m /",
        "", "What no instruction sees", "  90.0kB  3 files  .git",
        "", "Lines for the end of .dockerignore", "  .git  saves 90.0kB  Git's own data",
      ])
  }

  @Test func whatIsNotKnownIsSaid() {
    let lines = ContextReport.lines(Self.result(unseen: nil, unknown: "$A"))
    #expect(lines.contains("Unseen    unknown            an instruction may see everything"))
    #expect(lines.contains("  5.0MB  1 file  3:  COPY a [31m /  may see everything: $A is not known"))
  }
}
