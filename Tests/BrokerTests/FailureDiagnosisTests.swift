import SwiftDockProtocol
import Testing

@testable import Broker
@testable import DockerEngine

struct FailureDiagnosisTests {
  struct Case: CustomTestStringConvertible {
    let text: String
    var code: Int?
    /// Number of the failed step, in the counting of the whole file.
    var step: (name: String, index: Int, total: Int)?
    var target: String?
    let diagnosis: String
    /// From 0, the end exclusive.
    let lines: Range<Int>
    var command: String?
    var removed: String?

    var testDescription: String { text }
  }

  private static let dockerfile = """
    FROM alpine AS build
    RUN make \\
      all
    COPY nope /
    COPY --from=build nope /
    """

  private static let run = ("[2/4] RUN make   all", 2, 4)
  private static let copy = ("[3/4] COPY nope /", 3, 4)
  private static let parse = "unknown instruction: BOGUS"

  static let buildKit = [
    Case(
      text:
        "failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 2: \(parse)",
      diagnosis: "dockerfileSyntax", lines: 1..<3),
    Case(
      text: "failed to solve: dockerfile parse error on line 3: \(parse) (did you mean RUN?)",
      diagnosis: "dockerfileSyntax", lines: 1..<3),
    Case(
      text:
        "failed to solve with frontend dockerfile.v0: failed to create LLB definition: target stage buidl could not be found",
      target: "buidl", diagnosis: "unknownTarget", lines: 0..<1),
    Case(
      text: "failed to solve: target stage \"other\" could not be found", target: "other",
      diagnosis: "unknownTarget", lines: 0..<0),
    Case(
      text: "executor failed running [/bin/sh -c make   all]: exit code: 7", step: run,
      diagnosis: "commandFailed", lines: 1..<3, command: "make   all"),
    Case(
      text: "failed to solve: process \"/bin/sh -c make   all\" did not complete successfully: exit code: 7",
      step: run, diagnosis: "commandFailed", lines: 1..<3, command: "make   all"),
    Case(
      text: "failed to compute cache key: \"/nope\" not found: not found", step: copy,
      diagnosis: "missingSource", lines: 3..<4, removed: "nope"),
    Case(
      text:
        "failed to solve: failed to compute cache key: failed to calculate checksum of ref a::b: \"/nope\": not found",
      step: copy, diagnosis: "missingSource", lines: 3..<4, removed: "nope"),
    // A stage's file is no matter of the ignore file.
    Case(
      text: "failed to compute cache key: \"/nope\" not found: not found",
      step: ("[4/4] COPY --from=build nope /", 4, 4), diagnosis: "stepFailed", lines: 4..<5),
  ]

  static let classic = [
    Case(text: "dockerfile parse error line 2: \(parse)", diagnosis: "dockerfileSyntax", lines: 1..<3),
    Case(text: "dockerfile parse error on line 2: \(parse)", diagnosis: "dockerfileSyntax", lines: 1..<3),
    Case(
      text: "failed to reach build target other in Dockerfile", target: "other", diagnosis: "unknownTarget",
      lines: 0..<0),
    Case(
      text: "The command '/bin/sh -c make   all' returned a non-zero code: 7", code: 7,
      step: ("RUN make   all", 2, 4), diagnosis: "commandFailed", lines: 1..<3, command: "make   all"),
    Case(
      text: "COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist",
      step: ("COPY nope /", 3, 4), diagnosis: "missingSource", lines: 3..<4, removed: "nope"),
    // Which of its patterns match nothing is not said.
    Case(
      text: "COPY failed: no source files were specified", step: ("COPY nope /", 3, 4), diagnosis: "missingSource",
      lines: 3..<4, removed: "nope"),
    // Podman's.
    Case(
      text: "building at STEP \"BOGUS \": Build error: Unknown instruction: \"BOGUS\"",
      step: ("RUN make   all", 2, 4), target: "BOGUS", diagnosis: "dockerfileSyntax", lines: 1..<3),
    Case(
      text: "pull access denied for alpine, repository does not exist or may require 'docker login'",
      step: ("FROM alpine AS build", 1, 4), diagnosis: "imageUnavailable", lines: 0..<1),
  ]

  @Test(arguments: buildKit) func wordsOfBuildKitHaveTheirPlace(expected: Case) throws {
    try check(expected, usesBuildKit: true)
  }

  @Test(arguments: classic) func wordsOfTheClassicBuilderHaveTheirPlace(expected: Case) throws {
    try check(expected, usesBuildKit: false)
  }

  @Test func whatHasNoPlaceHasNoDiagnostic() throws {
    let diagnosis = FailureDiagnosis(
      BuildFailure(engineText: "what nobody has seen"), in: nil, try facts(usesBuildKit: true, target: nil),
      dockerfile: "Dockerfile"
    ) { _ in nil }
    #expect(diagnosis.diagnostics.isEmpty)
  }

  private func facts(usesBuildKit: Bool, target: String?) throws -> DockerfileFacts {
    try DockerfileFacts(
      Array(Self.dockerfile.utf8),
      DockerfileFacts.Reading(
        usesBuildKit: usesBuildKit, readsHeredocs: true, target: target, buildArgs: [:], platform: nil,
        enginePlatform: "linux/amd64"))
  }

  private func check(_ expected: Case, usesBuildKit: Bool) throws {
    var failure = BuildFailure(engineText: expected.text, code: expected.code)
    let step = expected.step.map { FailureDiagnosis.Step(name: $0.name, index: $0.index, total: $0.total) }
    if let step { failure.happened(in: "9", named: step.name, after: []) }
    let line = FailureDiagnosis.RemovingLine(file: ".dockerignore", number: 5, pattern: "n*")
    var asked: String?
    let diagnosis = FailureDiagnosis(
      failure, in: step, try facts(usesBuildKit: usesBuildKit, target: expected.target), dockerfile: "d/Dockerfile"
    ) {
      asked = $0
      return line
    }
    let first = try #require(diagnosis.diagnostics.first)
    #expect(first.path == "d/Dockerfile")
    #expect(first.start == .init(line: expected.lines.lowerBound))
    #expect(first.end == .init(line: expected.lines.upperBound))
    #expect(first.severity == .error)
    #expect(first.code == expected.diagnosis)
    #expect(first.message == failure.message)
    #expect(first.stepID == (step == nil ? nil : "9"))
    #expect(diagnosis.command == expected.command)
    #expect(asked == expected.removed)
    #expect(diagnosis.removedBy == (expected.removed == nil ? nil : line))
    guard expected.removed != nil else {
      #expect(diagnosis.diagnostics.count == 1)
      return
    }
    let second = try #require(diagnosis.diagnostics.dropFirst().first)
    #expect(second.path == ".dockerignore")
    #expect(second.start == .init(line: 4))
    #expect(second.end == .init(line: 5))
    #expect(second.severity == .information)
    #expect(second.code == "removesSource")
  }
}
