import SwiftDockTestSupport
import Testing

@testable import DockerEngine

struct BuildKitTraceTranslatorTests {
  /// What the traces come to, one list a trace.
  private func translate(_ records: [EngineRecord]) throws -> (texts: [[String]], verdict: StreamVerdict) {
    var translator = BuildKitTraceTranslator()
    var texts: [[String]] = []
    for record in records {
      var events: [BuildEvent] = []
      try translator.accept(record, into: &events)
      texts.append(events.texts)
    }
    return (texts, translator.verdict)
  }

  private func translate(_ traces: FakeEngineTrace...) throws -> [[String]] {
    try translate(traces.map { .trace($0.base64) }).texts
  }

  @Test func stepsAreNumberedAsTheyAreFirstShown() throws {
    let texts = try translate(
      FakeEngineTrace().vertex("a", "[1/2] A").vertex("b", "[2/2] B"),
      FakeEngineTrace().vertex("b", "[2/2] B", started: 1), FakeEngineTrace().vertex("a", "[1/2] A", started: 2))
    #expect(texts == [[], ["1 started 2/2 [2/2] B"], ["2 started 1/2 [1/2] A"]])
  }

  private static let snapshots: [(FakeEngineTrace, [String])] = [
    (FakeEngineTrace().vertex("a", "A", started: 1, completed: 2), ["1 started A", "1 done A"]),
    (FakeEngineTrace().vertex("a", "A", started: 1, completed: 2, cached: true), ["1 cached A"]),
    (FakeEngineTrace().vertex("a", "A", cached: true), ["1 cached A"]),
    (FakeEngineTrace().vertex("a", "A", started: 1, completed: 2, error: "e"), ["1 started A", "1 failed A ! e"]),
    (
      FakeEngineTrace().vertex("a", "A", started: 1, completed: 2, error: "x: context canceled"),
      ["1 started A", "1 cancelled A ! x: context canceled"]
    ),
    (FakeEngineTrace().vertex("a", "A"), []),
  ]

  @Test(arguments: snapshots)
  func snapshotBecomesEvents(trace: FakeEngineTrace, texts: [String]) throws {
    #expect(try translate(trace) == [texts])
  }

  @Test func repeatedSnapshotsSayNothingNew() throws {
    let trace = FakeEngineTrace().vertex("a", "A", started: 1, completed: 2)
    #expect(
      try translate(trace, trace, FakeEngineTrace().vertex("a", "A", started: 3)) == [
        ["1 started A", "1 done A"], [], [],
      ])
  }

  @Test func stepThatRunsAgainMayStillFail() throws {
    #expect(
      try translate(
        FakeEngineTrace().vertex("a", "A", started: 1, completed: 2),
        FakeEngineTrace().vertex("a", "A", started: 3, completed: 4, error: "e"))[1] == ["1 failed A ! e"])
  }

  @Test func endOfAStepComesAfterItsOutput() throws {
    let texts = try translate(
      FakeEngineTrace().vertex("a", "A", started: 1, completed: 2).log("a", "x\nrest").log("a", "y\n", stream: 2))
    #expect(texts == [["1 started A", "1 out| x", "1 err| y", "1 out| rest", "1 done A"]])
  }

  @Test func outputIsJoinedAcrossTracesByStream() throws {
    let texts = try translate(
      FakeEngineTrace().vertex("a", "A", started: 1), FakeEngineTrace().log("a", "ab").log("a", "12", stream: 2),
      FakeEngineTrace().log("a", "c\n").log("a", "3\n", stream: 2))
    #expect(texts == [["1 started A"], [], ["1 out| abc", "1 err| 123"]])
  }

  @Test func outputOfAnUnknownVertexHasNoStep() throws {
    #expect(try translate(FakeEngineTrace().log("z", "x\n")) == [["- out| x"]])
  }

  @Test func progressIsKnownByStepAndId() throws {
    let texts = try translate(
      FakeEngineTrace().vertex("a", "A", started: 1).status("layer", of: "a", current: 5, total: 10)
        .status("layer 2", of: "a", current: 5).status("exporting", of: "a")
        .status("exporting", of: "a", completed: 3).status("nobody's", of: "z"))
    #expect(
      texts == [
        [
          "1 started A", "progress 1/layer layer 5/10 bytes", "progress 1/layer 2 layer 2 5/? bytes",
          "progress 1/exporting exporting 0/1 items", "progress 1/exporting exporting 1/1 items",
        ]
      ])
  }

  @Test func warningsOfChecksHaveTheNameOfTheirRule() throws {
    let texts = try translate(
      FakeEngineTrace().warning("a", short: "JSONArgsRecommended: use JSON", url: "https://x", lines: 3...4)
        .warning("a", short: "something else"))
    #expect(
      texts == [["warning JSONArgsRecommended: use JSON (https://x) @3-4", "warning engineWarning: something else"]])
  }

  @Test func errorOfAVertexAloneIsNotAFailedBuild() throws {
    let importing = FakeEngineTrace().vertex(
      "c", "importing cache manifest", started: 1, completed: 2, error: "no session")
    let result = try translate([.trace(importing.base64), .imageID("sha256:1", isFinal: true)])
    #expect(result.verdict == .image("sha256:1"))
  }

  @Test func failureBelongsToTheStepWhoseErrorItRepeats() throws {
    let trace = FakeEngineTrace()
      .vertex("c", "importing cache", started: 1, completed: 2, error: "no session")
      .vertex("a", "[2/2] RUN a", started: 1).log("a", "last words").log("a", "oops\n", stream: 2)
      .vertex("b", "[1/2] RUN b", started: 1, completed: 2, error: "b: context canceled")
    let failed = FakeEngineTrace().vertex("a", "[2/2] RUN a", started: 1, completed: 2, error: "a: exit code: 3")
    let result = try translate([
      .trace(trace.base64), .trace(failed.base64), .error(message: "failed to solve: a: exit code: 3", code: nil),
    ])
    guard case .failed(let failure) = result.verdict else { Issue.record("\(result.verdict)"); return }
    #expect(failure.stepId == "2")
    #expect(failure.stepName == "[2/2] RUN a")
    #expect(failure.exitCode == 3)
    #expect(failure.lastLines == ["oops", "last words"])
    #expect(failure.causes == ["failed to solve"])
  }

  @Test func lastLinesAreTheLastForty() throws {
    let output = (1...100).map { "line \($0)\n" }.joined()
    let trace = FakeEngineTrace().vertex("a", "A", started: 1, completed: 2, error: "e").log("a", output)
    let result = try translate([.trace(trace.base64), .error(message: "e", code: nil)])
    guard case .failed(let failure) = result.verdict else { Issue.record("\(result.verdict)"); return }
    #expect(failure.lastLines == (61...100).map { "line \($0)" })
  }

  @Test func loginMissingForABaseImageIsToldFromAMissingSession() throws {
    let trace = FakeEngineTrace().vertex(
      "a", "[internal] load metadata for r.example/x", started: 1, completed: 2, error: "no active sessions")
    let result = try translate([.trace(trace.base64), .error(message: "no active sessions", code: nil)])
    guard case .failed(let failure) = result.verdict else { Issue.record("\(result.verdict)"); return }
    #expect(failure.kind == .authRequired)
  }

  @Test func stepsBeyondTheLimitAreNotShown() throws {
    var translator = BuildKitTraceTranslator()
    var events: [BuildEvent] = []
    for index in 0..<(BuildKitTraceTranslator.stepLimit + 5) {
      translator.accept(
        BuildTrace(vertexes: [.init(digest: "\(index)", name: "x", isStarted: true)]), into: &events)
    }
    #expect(events.count == BuildKitTraceTranslator.stepLimit)
  }

  private static let names: [(String, Int?, Int?)] = [
    ("[stage 2/5] RUN x", 2, 5), ("[2/5] RUN x", 2, 5), ("[linux/amd64 stage 2/5] RUN x", 2, 5),
    ("[internal] load", nil, nil),
    ("copy /context /", nil, nil), ("[0/5] x", nil, nil), ("[6/5] x", nil, nil), ("[1/0] x", nil, nil),
    ("[-1/5] x", nil, nil), ("[", nil, nil),
    ("[]", nil, nil), ("", nil, nil), ("[1/-5] x", nil, nil), ("[a/b] x", nil, nil),
  ]

  @Test(arguments: names)
  func countIsReadFromTheName(name: String, index: Int?, total: Int?) {
    #expect(VertexName(name).index == index)
    #expect(VertexName(name).total == total)
  }
}
