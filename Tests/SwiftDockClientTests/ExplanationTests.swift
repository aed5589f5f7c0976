import SwiftDockProtocol
import Testing

@testable import swiftdock_ctl

/// What `swiftdock-ctl explain` prints.
struct ExplanationTests {
  private let id = String(repeating: "a", count: 32)

  private func lines(_ change: (inout BuildExplain.Comparison) -> Void) -> [String] {
    var comparison = BuildExplain.Comparison(
      against: "0123456789abcdef0123456789abcdef", againstCreatedAtMs: 1_000, same: false, joined: false,
      contextDigest: .init(before: "sha256:1", after: "sha256:2"), files: .init(), options: [], optionCount: 0,
      base: [], baseCount: 0)
    change(&comparison)
    return Explanation.lines(.init(buildID: id, comparison: comparison), nowMs: 121_000)
  }

  @Test func everythingThatDiffersIsInOneSentence() {
    let lines = lines {
      $0.files = .init(
        added: ["new"], removed: [], changed: [.init(path: "a", what: ["mode", "contents"])], addedCount: 1,
        removedCount: 0, changedCount: 3)
      $0.options = ["buildArgs.VERSION", "labels.a", "noCache", "target"]
      $0.optionCount = 6
      $0.base = [
        .init(image: "debian:12", before: "sha256:0123456789abcdef", after: "sha256:fedcba9876543210"),
        .init(image: "b", before: nil, after: "sha256:fe"), .init(image: "c", before: "sha256:fe", after: nil),
      ]
      $0.baseCount = 3
    }
    #expect(
      lines == [
        "Not a repeat of 0123456789ab (2m 0s ago): 3 files changed, 1 added; build argument VERSION differs; "
          + "label a differs; --no-cache differs; --target differs; 2 more options differ; base image debian:12 was "
          + "sha256:0123456789ab, is sha256:fedcba987654; base image b was not used or missing, is sha256:fe; "
          + "base image c was sha256:fe, is not used or missing",
        "  changed  a (mode, contents)", "  changed  2 more", "  added    new",
      ])
  }

  @Test func oneOfAKindIsSingular() {
    let lines = lines { $0.files = .init(removed: ["a\u{1B}[2J"], removedCount: 1) }
    #expect(lines.first?.hasSuffix(": 1 file removed") == true)
    #expect(lines.last == "  removed  a\\u{1b}[2J")
  }

  @Test func filesThatAreForgottenAreSaidToBe() {
    let lines = lines { $0.files = nil }
    #expect(
      lines == [
        "Not a repeat of 0123456789ab (2m 0s ago): files differ, which ones is not known any more"
      ])
  }

  @Test(arguments: [true, false]) func nothingThatDiffersIsSaid(joined: Bool) {
    let lines = lines {
      $0.same = true
      $0.joined = joined
    }
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("The same as 0123456789ab (2m 0s ago): files, options and base images do not differ."))
    #expect(lines[0].hasSuffix(joined ? "They shared their work." : "Its work was asked for again."))
  }

  @Test(arguments: BuildExplain.Unknown.allCases) func whatCannotBeToldHasAReason(unknown: BuildExplain.Unknown) {
    let lines = Explanation.lines(.init(buildID: id, unknown: unknown), nowMs: 0)
    #expect(lines.count == 1 && !lines[0].isEmpty)
  }
}
