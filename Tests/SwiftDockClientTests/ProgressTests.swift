import JSON
import JSONRPC
import SwiftDockProtocol
import Testing

@testable import swiftdock_ctl

private func step(
  _ id: String, _ state: LogEvent.Step.State, _ timeMs: Int, name: String = "", index: Int? = nil, total: Int? = nil,
  error: String? = nil
) -> LogEvent {
  .entry(
    seq: 1, timeMs: timeMs, .step(.init(stepID: id, name: name, index: index, total: total, state: state, error: error))
  )
}

private func log(
  _ id: String?, _ text: String, _ timeMs: Int, partial: Bool = false, stream: LogEvent.Line.Stream = .stdout
) -> LogEvent {
  .entry(seq: 1, timeMs: timeMs, .log(.init(stepID: id, stream: stream, bytes: Array(text.utf8), isPartial: partial)))
}

struct PlainProgressTests {
  private func text(_ events: [LogEvent]) -> String {
    var progress = PlainProgress()
    var out: [UInt8] = []
    for event in events { out += progress.render(event) }
    return String(decoding: out + progress.closeLine(), as: UTF8.self)
  }

  @Test func stepsLookAsDockerUsersKnowThem() {
    #expect(
      text([
        step("a", .started, 1_000, name: "[internal] load build definition"), step("a", .done, 1_049),
        step("b", .cached, 1_050, name: "[1/3] FROM alpine"),
        step("c", .started, 2_000, name: "RUN make", index: 2, total: 3),
        log("c", "compiling", 2_412), log("c", "warning", 3_000, stream: .stderr), step("c", .done, 3_250),
        step("d", .started, 4_000, name: "[3/3] RUN false"), step("d", .failed, 4_100, error: "exit code: 1"),
        step("e", .started, 4_000, name: "late"), step("e", .cancelled, 4_200),
      ]) == """
        #1 [internal] load build definition
        #1 DONE 0.0s

        #2 [1/3] FROM alpine
        #2 CACHED

        #3 [2/3] RUN make
        #3 0.412 compiling
        #3 1.000 warning
        #3 DONE 1.3s

        #4 [3/3] RUN false
        #4 ERROR: exit code: 1

        #5 late
        #5 CANCELED

        """)
  }

  @Test func stepsThatTakeTurnsAreMarkedAndNamedAgain() {
    #expect(
      text([
        step("a", .started, 0, name: "A"), log("a", "1", 1), step("b", .started, 2, name: "B"), log("a", "2", 3),
        step("b", .done, 100),
        log("a", "3", 100), step("a", .done, 1_000),
      ]) == """
        #1 A
        #1 0.001 1
        #1 ...

        #2 B
        #2 ...

        #1 A
        #1 0.003 2
        #1 ...

        #2 B
        #2 DONE 0.1s

        #1 A
        #1 0.100 3
        #1 DONE 1.0s

        """)
  }

  @Test func lineInPartsIsOneLineUnlessSomebodyElseSpeaks() {
    #expect(
      text([
        step("a", .started, 0, name: "A"), log("a", "x", 5, partial: true), log("a", "y", 6, partial: true),
        log("a", "z", 7),
        log("a", "open", 8, partial: true), log("a", "other", 9, stream: .stderr), log("a", "end", 10, partial: true),
      ]) == """
        #1 A
        #1 0.005 xyz
        #1 0.008 open
        #1 0.009 other
        #1 0.010 end

        """)
  }

  @Test func whatBelongsToNoStepStandsAlone() {
    let warning = LogEvent.entry(seq: 1, timeMs: 0, .warning(code: "X", message: "beware"))
    let diagnostic = Diagnostic(
      path: "Dockerfile", start: .init(line: 4), end: .init(line: 5), severity: .warning, source: .engine,
      message: "style")
    #expect(
      text([
        log(nil, "Sending context", 0), warning, .entry(seq: 2, timeMs: 0, .diagnostic(diagnostic)),
        .gap(.init(fromSeq: 4, toSeq: 9, bytes: 12_345, reason: .retention)),
        .entry(seq: 3, timeMs: 0, .state(.running)),
        log("lost", "text", 9),
      ]) == """
        Sending context
        WARNING: beware
        Dockerfile:5: warning: style
        [events 4 to 9, 12.3kB, are not kept any more]

        #1
        #1 0.000 text

        """)
  }

  @Test func bytesThatAreNoTextPassUnchanged() {
    var progress = PlainProgress()
    let event = LogEvent.entry(seq: 1, timeMs: 0, .log(.init(stream: .stdout, bytes: [0xFF, 0x80])))
    #expect(progress.render(event) == [0xFF, 0x80, 0x0A])
  }
}

struct FailureReportTests {
  private let dockerfile = Array("FROM alpine\n\n# text\nRUN a && \\\n    false\nRUN last".utf8)

  private func report(_ error: RPCError, step: FailedSteps.Step? = nil) -> [String] {
    FailureReport(error: error, dockerfileName: "Dockerfile", dockerfile: dockerfile, step: step).lines
  }

  @Test func placeStepAndErrorAreShown() {
    let diagnostic = Diagnostic(
      path: "Dockerfile", start: .init(line: 3), end: .init(line: 5), severity: .error, source: .step, message: "m")
    let error = RPCError(
      .buildFailed, "RUN a && false failed.", hint: "Look.", detail: ["exitCode": 7, "diagnostics": [diagnostic.json]],
      causes: [.init(message: "deep")])
    #expect(
      report(error, step: .init(name: "[2/3] RUN a && false", lastLines: ["0.100 x", "0.200 y"])) == [
        "------", " > [2/3] RUN a && false:", "0.100 x", "0.200 y", "------", "Dockerfile:4", "--------------------",
        "   2 |     ", "   3 |     # text", "   4 | >>> RUN a && \\", "   5 | >>>     false", "   6 |     RUN last",
        "--------------------", "ERROR: RUN a && false failed.", "exit code: 7", "  because: deep", "Look.",
      ])
  }

  @Test func dockerfileFromElsewhereGoesByItsTitle() {
    let report = FailureReport(
      error: RPCError(.featureUnsupported, "No.", detail: ["line": 1, "path": ".dockerfile.0"]),
      dockerfileName: ".dockerfile.0", dockerfileTitle: "standard input", dockerfile: dockerfile, step: nil)
    #expect(report.lines.first == "standard input:1")
  }

  @Test(
    arguments: [
      ["lines": [1]], ["line": 1], ["line": 1, "path": "Dockerfile"],
    ] as [JSONObject])
  func plainLineNumbersDoToo(detail: JSONObject) {
    #expect(
      report(RPCError(.featureUnsupported, "No.", detail: detail)) == [
        "Dockerfile:1", "--------------------", "   1 | >>> FROM alpine", "   2 |     ", "   3 |     # text",
        "--------------------",
        "ERROR: No.",
      ])
  }

  @Test(
    arguments: [
      [:], ["line": 99], ["line": 0], ["line": -5], ["line": "1"], ["line": 1, "path": ".dockerignore"],
      ["diagnostics": [["path": "x"]]],
    ] as [JSONObject])
  func withoutAPlaceThereIsOnlyTheError(detail: JSONObject) {
    #expect(report(RPCError(.contextInvalid, "No.", detail: detail)) == ["ERROR: No."])
  }
}

struct FailedStepsTests {
  @Test func lastLinesOfTheFailedStepAreKept() throws {
    var steps = FailedSteps()
    steps.read(step("a", .started, 100, name: "A"))
    steps.read(step("b", .started, 100, name: "B"))
    for index in 0..<30 { steps.read(log("a", "line \(index)", 100 + index)) }
    steps.read(log("b", "part", 200, partial: true))
    steps.read(log("b", String(repeating: "x", count: 100_000), 200))
    steps.read(step("b", .failed, 300, name: "B"))
    steps.read(step("a", .failed, 400, name: "A"))
    let first = try #require(steps.step("a"))
    #expect(first.lastLines.count == 10)
    #expect(first.lastLines.last == "0.029 line 29")
    #expect(steps.step(nil) == first)
    let second = try #require(steps.step("b"))
    #expect(second.lastLines.first?.hasPrefix("0.100 partxxx") == true)
    #expect((second.lastLines.first?.utf8.count ?? 0) <= 3 * FailedSteps.lineBytes)
  }
}

struct ReadableNumbersTests {
  @Test func times() {
    #expect(
      [-5, 0, 49, 50, 1_249, 1_250, 60_000].map(ElapsedTime.seconds) == [
        "0.0", "0.0", "0.0", "0.1", "1.2", "1.3", "60.0",
      ])
    #expect([-1, 0, 7, 412, 61_020].map(ElapsedTime.exactSeconds) == ["0.000", "0.000", "0.007", "0.412", "61.020"])
    #expect([999, 61_000, 7_500_000, 90_000_000].map(ElapsedTime.text) == ["0s", "1m 1s", "2h 5m", "1d 1h"])
  }

  @Test func sizes() {
    #expect(
      [-1, 0, 999, 1_000, 12_345, 999_999, 5_400_000_000_000_000].map(ByteCount.text) == [
        "0B", "0B", "999B", "1.0kB", "12.3kB", "999kB", "5400TB",
      ])
  }
}
