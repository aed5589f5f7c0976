import SwiftDockProtocol
import Testing

struct NearestNameTests {
  private let names = ["build", "build.get", "build.wait", "cancel", "logs.read", "ls"]

  @Test(arguments: [
    ("build", "build"), ("biuld", "build"), ("buidl", "build"), ("build.gte", "build.get"), ("cancle", "cancel"),
    ("log.read", "logs.read"),
    ("l", "ls"), ("logs.raed", "logs.read"),
  ])
  func mistypedNameIsGuessed(typed: String, meant: String) {
    #expect(NearestName.of(typed, among: names) == meant)
  }

  @Test(arguments: ["", "xyzzy", "image.push", String(repeating: "build", count: 10_000)]) func otherNamesAreNot(
    typed: String
  ) {
    #expect(NearestName.of(typed, among: names) == nil)
  }

  @Test func withoutCandidatesThereIsNone() {
    #expect(NearestName.of("a", among: []) == nil)
  }
}
