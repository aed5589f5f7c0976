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
      translator.accept(record, into: &events)
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

  @Test func progressThatHasEndedIsWhole() throws {
    let texts = try translate(
      FakeEngineTrace().vertex("a", "A", started: 1)
        .status("sha256:1", of: "a", named: "layer", current: 5, total: 10, completed: 2)
        .status("sha256:2", of: "a", current: 5, completed: 2).status("sha256:3", of: "a", current: -5, total: 10))
    #expect(
      texts[0].dropFirst() == [
        "progress 1/sha256:1 layer 10/10 bytes", "progress 1/sha256:2 sha256:2 5/? bytes",
        "progress 1/sha256:3 sha256:3 0/10 bytes",
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
    #expect(failure.image == "r.example/x")
  }

  @Test func stepsBeyondTheLimitAreNotShown() throws {
    var translator = BuildKitTraceTranslator()
    var events: [BuildEvent] = []
    for index in 0..<(BuildKitTraceTranslator.stepLimit + 5) {
      translator.accept(
        BuildTrace(vertexes: [.init(digest: "\(index)", name: "x", started: .init())]), into: &events)
    }
    #expect(events.count == BuildKitTraceTranslator.stepLimit)
  }

  private static let names: [(String, String)] = [
    ("[stage 2/5] RUN x", "stage 2 5"), ("[2/5] RUN x", "- 2 5"), ("[linux/amd64 stage 2/5] RUN x", "stage 2 5"),
    ("[linux/arm64->amd64 stage-1  2/15] RUN x", "stage-1 2 15"), ("[linux/amd64  2/15] RUN x", "- 2 15"),
    ("[build 3/2] RUN x", "build 3 2"), ("[internal] load", "- - -"), ("copy /context /", "- - -"),
    ("[0/5] x", "- - -"), ("[1/0] x", "- - -"), ("[-1/5] x", "- - -"), ("[", "- - -"), ("[]", "- - -"), ("", "- - -"),
    ("[1/-5] x", "- - -"), ("[a/b] x", "- - -"), ("[99999999999999999999/1] x", "- - -"),
  ]

  @Test(arguments: names)
  func stageAndCountAreReadFromTheName(text: String, place: String) {
    let name = VertexName(text)
    let words = [name.stage, name.index.map { "\($0)" }, name.total.map { "\($0)" }].map { $0 ?? "-" }
    #expect(words.joined(separator: " ") == place)
  }

  private func steps(_ traces: FakeEngineTrace...) -> [StepEvent] {
    var translator = BuildKitTraceTranslator()
    var events: [BuildEvent] = []
    for trace in traces { translator.accept(.trace(trace.base64), into: &events) }
    return events.compactMap { if case .step(let step) = $0 { step } else { nil } }
  }

  @Test func stepsHaveTheirStageAndTheTimeThatTheyTook() {
    let steps = steps(
      FakeEngineTrace().vertex("a", "[build 1/2] A", started: 5),
      FakeEngineTrace().vertex("b", "[2/2] B", cached: true),
      FakeEngineTrace().vertex("a", "[build 1/2] A", started: 5, completed: 8)
        .vertex("c", "C", started: 9, completed: 10, error: "c: context canceled")
        .vertex("d", "D", started: 9, completed: 8))
    #expect(steps.map(\.stage) == ["build", nil, nil, nil, "build", nil, nil])
    #expect(
      steps.map { "\($0.stepId) \($0.state) \($0.durationMs ?? -1)" } == [
        "1 started -1", "2 cached -1", "3 started -1", "4 started -1", "1 done 3000", "3 cancelled 1000", "4 done -1",
      ])
  }

  private static let spans: [(BuildTrace.Time, BuildTrace.Time, Int64?)] = [
    (.init(seconds: 1), .init(seconds: 3, nanoseconds: 7_999_999), 2007),
    (.init(seconds: 1, nanoseconds: 900_000_000), .init(seconds: 2, nanoseconds: 100_000_000), 200),
    (.init(seconds: 2), .init(seconds: 1), nil), (.init(seconds: .min), .init(seconds: .max), nil),
    (.init(), .init(seconds: .max / 10), nil), (.init(nanoseconds: .min), .init(nanoseconds: .max), nil),
  ]

  @Test(arguments: spans)
  func timesThatCannotBeAreNone(start: BuildTrace.Time, end: BuildTrace.Time, milliseconds: Int64?) {
    #expect(end.milliseconds(since: start) == milliseconds)
  }

  @Test func vertexesOfAGroupAreOneStep() throws {
    let group = (id: "g", name: "[2/2] COPY --link a /")
    let texts = try translate(
      FakeEngineTrace().vertex("a", "copy", group: group).vertex("b", "merge", group: group).vertex("c", "[1/2] C"),
      FakeEngineTrace().vertex("a", "copy", started: 2, completed: 3, group: group).log("a", "out\n")
        .status("bytes", of: "a", current: 1, total: 2),
      FakeEngineTrace().vertex("b", "merge", started: 1, group: group).log("b", "more\n", stream: 2),
      FakeEngineTrace().vertex("b", "merge", started: 1, completed: 4, group: group))
    let name = "2/2 [2/2] COPY --link a /"
    #expect(
      texts == [
        [], ["1 started \(name)", "progress 1/bytes bytes 1/2 bytes", "1 out| out"], ["1 err| more"],
        ["1 done \(name)"],
      ])
    let ends = steps(
      FakeEngineTrace().vertex("a", "copy", group: group).vertex("b", "merge", group: group),
      FakeEngineTrace().vertex("a", "copy", started: 2, completed: 3, group: group)
        .vertex("b", "merge", started: 1, completed: 4, group: group))
    #expect(ends.map(\.durationMs) == [nil, 3000])
  }

  @Test func groupIsCachedWhereAllOfItIsAndFailsWithItsFirstError() throws {
    let group = (id: "g", name: "G")
    #expect(
      try translate(
        FakeEngineTrace().vertex("a", "x", cached: true, group: group).vertex("b", "y", cached: true, group: group))
        == [["1 cached G"]])
    #expect(
      try translate(
        FakeEngineTrace().vertex("a", "x", started: 1, completed: 2, cached: true, group: group)
          .vertex("b", "y", started: 1, completed: 2, error: "e", group: group)) == [["1 started G", "1 failed G ! e"]])
  }

  @Test func traceThatCannotBeReadCostsAWarningAndNotTheBuild() throws {
    let good = FakeEngineTrace().vertex("a", "A", started: 1)
    let result = try translate([
      .trace("?"), .trace("CAE"), .trace("Cg=="), .trace(good.base64), .imageID("sha256:1", isFinal: true),
    ])
    #expect(result.texts.map(\.count) == [1, 0, 0, 1, 0])
    #expect(result.texts[0][0].hasPrefix("warning progressUnreadable: "))
    #expect(result.verdict == .image("sha256:1"))
  }

  private static let marks: [(String, String?)] = [
    ("[output clipped, log limit 200KiB/s reached]", "200KiB/s"), ("[output clipped, log limit 2MiB reached]", "2MiB"),
    ("[output clipped, log limit 1MiB reached]", "1MiB"), ("[output clipped, log limit 100KiB/s reached] ", nil),
    (" [output clipped, log limit 2MiB reached]", nil), ("[output clipped]", nil),
  ]

  @Test(arguments: marks) func outputThatWasClippedIsAWarningWithItsLimit(line: String, limit: String?) throws {
    let texts = try translate(
      FakeEngineTrace().vertex("a", "[2/2] RUN yes", started: 1), FakeEngineTrace().log("a", "y\ny"),
      FakeEngineTrace().log("a", "\n\(line)\n").log("a", "\n\(line)\n", stream: 2))
    let warnings = texts[2].filter { $0.hasPrefix("warning") }
    #expect(
      warnings
        == (limit.map {
          ["warning outputClipped: The Engine left out output of \"[2/2] RUN yes\": its limit for a step is \($0)."]
        } ?? []))
    #expect(texts[2].count { $0.contains("| \(line)") } == 2)
  }
}
