import Testing

@testable import Broker

struct DockerfileFactsTests {
  private func facts(
    _ text: String, buildKit: Bool = true, target: String? = nil, arguments: [String: String] = [:]
  ) throws -> DockerfileFacts {
    try DockerfileFacts(
      Array(text.utf8),
      DockerfileFacts.Reading(
        usesBuildKit: buildKit, readsHeredocs: true, target: target, buildArgs: arguments, platform: nil,
        enginePlatform: "linux/amd64"))
  }

  /// Two stages: line numbers are in the comments.
  private static let twoStages = """
    ARG V=1
    FROM alpine AS build
    # a comment
    RUN one \\
      two
    ENV A=b
    COPY a /a
    FROM scratch
    COPY --from=build /a /
    WORKDIR /x
    """

  static let buildKitSteps: [(String, Int, Int, ClosedRange<Int>?)] = [
    ("[build 1/3] FROM docker.io/library/alpine", 1, 3, 2...2), ("[build 2/3] RUN one   two", 2, 3, 4...5),
    ("[build 3/3] COPY a /a", 3, 3, 7...7), ("[stage-1 1/2] COPY --from=build /a /", 1, 2, 9...9),
    ("[stage-1 2/2] WORKDIR /x", 2, 2, 10...10), ("[linux/arm64 build 2/3] RUN one", 2, 3, 4...5),
    // What does not fit is not guessed at.
    ("[build 2/3] COPY a /a", 2, 3, nil), ("[build 4/4] RUN x", 4, 4, nil), ("[other 1/1] RUN x", 1, 1, nil),
    ("[build 0/3] RUN one", 0, 3, nil), ("RUN one", 1, 1, nil), ("[", 1, 1, nil), ("", 1, 1, nil), ("[]", 1, 1, nil),
  ]

  @Test(arguments: 0..<buildKitSteps.count) func stepsOfBuildKitHaveTheirLines(index: Int) throws {
    let (name, number, total, lines) = Self.buildKitSteps[index]
    #expect(try facts(Self.twoStages).lines(ofStep: name, index: number, of: total) == lines)
  }

  @Test func onlyStageNeedsNoName() throws {
    let one = try facts("FROM alpine\nRUN a\nCOPY b /\n")
    #expect(one.lines(ofStep: "[2/3] RUN a", index: 2, of: 3) == 2...2)
    #expect(one.lines(ofStep: "[3/3] COPY b /", index: 3, of: 3) == 3...3)
  }

  static let classicSteps: [(String, Int, ClosedRange<Int>?)] = [
    ("ARG V=1", 1, 1...1), ("FROM alpine AS build", 2, 2...2), ("RUN one   two", 3, 4...5), ("ENV A=b", 4, 6...6),
    ("WORKDIR /x", 8, 10...10), ("RUN x", 9, nil), ("RUN x", 4, nil),
  ]

  @Test(arguments: 0..<classicSteps.count) func stepsOfTheClassicBuilderAreCountedThroughTheFile(index: Int) throws {
    let (name, number, lines) = Self.classicSteps[index]
    #expect(try facts(Self.twoStages, buildKit: false).lines(ofStep: name, index: number, of: 8) == lines)
  }

  @Test(
    arguments: [(0, nil), (1, nil), (2, "build"), (5, "build"), (6, "stage-1"), (8, "stage-1"), (9, nil)]
      as [(Int, String?)])
  func stepsOfTheClassicBuilderHaveTheirStage(index: Int, stage: String?) throws {
    #expect(try facts(Self.twoStages, buildKit: false).stage(ofClassicStep: index) == stage)
  }

  @Test func triggersOfTheBaseImageAreStepsAtTheLinesOfTheFrom() throws {
    var facts = try facts("FROM scratch AS a\nRUN x\nFROM base AS b\nRUN y\n")
    facts.learn(triggers: ["RUN one", "LABEL a=b", "COPY two /"], of: "base")
    #expect(facts.triggerCount(ofStep: "[b 2/2] RUN one") == 2)
    #expect(facts.triggerCount(ofStep: "[a 1/1] RUN x") == 0)
    #expect(facts.triggerCount(ofStep: "[internal] load") == 0)
    let steps = [("FROM base", 1, 3), ("RUN one", 2, 3), ("COPY two /", 3, 3), ("RUN y", 4, 4)]
    for (name, index, line) in steps {
      #expect(facts.lines(ofStep: "[b \(index)/2] \(name)", index: index, of: 4) == line...line, "\(name)")
    }
  }

  @Test func onlyStageIsNotNamed() throws {
    #expect(try facts("FROM a AS b\nRUN x\n", buildKit: false).stage(ofClassicStep: 2) == nil)
  }

  @Test(arguments: [
    ("linux", "amd64", "", true), ("linux", "amd64", "v2", true), ("linux", "arm64", "", false),
    ("windows", "amd64", "", false), ("", "", "", true),
  ])
  func imageIsWhatBuildKitTakesWhereItIsForThePlatform(os: String, architecture: String, variant: String, isMet: Bool)
    throws
  {
    let image = try #require(try facts("FROM --platform=linux/x86_64 a\n").images.first)
    #expect(image.isMet(os: os, architecture: architecture, variant: variant) == isMet)
    let own = try #require(try facts("FROM a\n").images.first)
    #expect(own.isMet(os: os, architecture: architecture, variant: variant) == isMet)
    let any = try #require(try facts("FROM a\n", buildKit: false).images.first)
    #expect(any.isMet(os: os, architecture: architecture, variant: variant))
  }

  @Test func instructionAroundALineIsAllOfIt() throws {
    let facts = try facts(Self.twoStages)
    #expect([3, 4, 5, 99].map { facts.lines(around: $0) } == [3...3, 4...5, 4...5, 99...99])
  }

  @Test func imagesAreThoseThatAreNeeded() throws {
    let text = "ARG BASE=alpine\nFROM $BASE AS a\nFROM debian AS b\nCOPY --from=busybox / /\nFROM a\n"
    #expect(try facts(text).images.map(\.reference).contains("alpine"))
    #expect(try facts(text, arguments: ["BASE": "ubuntu"]).images.map(\.reference).contains("ubuntu"))
  }

  @Test func whatNeedsASessionIsNamedWithItsLines() throws {
    let problem = try #require(try facts("FROM scratch\nRUN --mount=type=ssh true\n").unsupported)
    #expect(problem.lines == 2...2)
    #expect(try facts("FROM scratch\nRUN --mount=type=cache,target=/c true\n").usesCacheMounts)
    #expect(try !facts("FROM scratch\nRUN true\n").usesCacheMounts)
  }

  @Test func placesAreCountedFromZeroAndEndOnTheNextLine() {
    let place = DockerfileFacts.place(4...5)
    #expect([place.start.line, place.start.character, place.end.line, place.end.character] == [3, 0, 5, 0])
  }
}
