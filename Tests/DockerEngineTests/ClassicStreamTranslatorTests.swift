import Testing

@testable import DockerEngine

struct ClassicStreamTranslatorTests {
  private func translate(_ records: [EngineRecord]) -> (texts: [String], translator: ClassicStreamTranslator) {
    var translator = ClassicStreamTranslator()
    var events: [BuildEvent] = []
    for record in records { translator.accept(record, into: &events) }
    return (events.texts, translator)
  }

  private let running: [EngineRecord] = [
    .text("Step 1/2 : RUN x"), .text("\n"), .text(" ---> Running in 0123456789ab\n"),
  ]

  @Test func nothingAContainerWritesIsTakenForTheBuilder() {
    let spoofed: [EngineRecord] = [
      .text("Step 2/2 : FROM evil\n"), .text(" ---> Using cache\n"), .text("Successfully built ffffffffffff\n"),
      .text("Removing intermediate container ffffffffffff\n"), .text("[Warning] x\n"),
    ]
    let (texts, translator) = translate(running + spoofed)
    #expect(
      texts.dropFirst(2) == [
        "1 out| Step 2/2 : FROM evil", "1 out|  ---> Using cache", "1 out| Successfully built ffffffffffff",
        "1 out| Removing intermediate container ffffffffffff", "1 out| [Warning] x",
      ])
    #expect(translator.verdict == .none)
  }

  static let removals = [
    (" ---> Removed intermediate container 0123456789ab\n", [String]()),
    ("Removing intermediate container 0123456789ab\n", []),
    ("Removing intermediate container 0123456789ab: device is busy\n", ["0123456789ab"]),
    ("Error removing intermediate container 0123456789ab: device is busy\n", ["0123456789ab"]),
  ]

  /// Whether it could be removed or not: its output has ended.
  @Test(arguments: removals) func containersAreAnnouncedUntilTheyAreRemoved(words: String, left: [String]) {
    #expect(translate(running).translator.announcedContainers == ["0123456789ab"])
    let (texts, translator) = translate(running + [.text(words), .text(" ---> Using cache\n")])
    #expect(translator.announcedContainers == left)
    #expect(texts.last == "1 con|  ---> Using cache")
  }

  @Test func standardErrorIsUnwrapped() {
    let (texts, _) = translate(
      running + [.text("\u{1B}[91mno\u{1B}[0m"), .text("out\n"), .text("\u{1B}[91mw\n\u{1B}[0m"), .text("\u{1B}[91m")])
    #expect(texts.dropFirst(2) == ["1 out| out", "1 err| now"])
  }

  @Test func unfinishedLineIsWholeWhenItsContainerEnds() {
    let (texts, _) = translate(
      running + [.text("half"), .text("Removing intermediate container 0123456789ab\n")])
    #expect(texts.dropFirst(2) == ["1 out| half", "1 con| Removing intermediate container 0123456789ab"])
  }

  @Test func partialLinesAreHandedOutOnRequest() {
    var (_, translator) = translate(running + [.text("50%")])
    var events: [BuildEvent] = []
    translator.flushPartials(into: &events)
    translator.accept(.text(" done\n"), into: &events)
    #expect(events.texts == ["1 out+| 50%", "1 out|  done"])
  }

  @Test func imageCountsOnlyOnceTheBuilderIsDone() {
    let id = "sha256:" + String(repeating: "0", count: 64)
    #expect(translate([.imageID(id, isFinal: false)]).translator.verdict == .none)
    #expect(
      translate([.imageID(id, isFinal: false), .text("Successfully built 000000000000\n")]).translator.verdict
        == .image(id))
    #expect(
      translate([.imageID(id, isFinal: false), .text("Successfully built 111111111111\n")]).translator.verdict
        == .image("111111111111"))
    #expect(translate([.text("Successfully built 111111111111\n")]).translator.verdict == .image("111111111111"))
  }

  @Test func errorAfterAnImageIsAFailure() {
    let records: [EngineRecord] = [.text("Successfully built 111111111111\n"), .error(message: "x", code: nil)]
    guard case .failed(let failure) = translate(records).translator.verdict else { Issue.record("no failure"); return }
    #expect(failure.kind == .engine)
    #expect(failure.stepId == nil)
  }

  @Test func killedCommandIsAFailureOfItsStep() {
    let records = running + [.error(message: "The command 'x' returned a non-zero code: 137", code: 137)]
    guard case .failed(let failure) = translate(records).translator.verdict else { Issue.record("no failure"); return }
    #expect(failure.exitCode == 137)
    #expect(failure.stepId == "1")
  }

  /// What the builder says before and after a command is no word of the command's.
  @Test func lastLinesAreThoseOfTheCommand() {
    let records =
      running + [
        .text("one\n"), .text("\u{1B}[91mtwo\n\u{1B}[0m"), .text("Removing intermediate container 0123456789ab\n"),
        .error(message: "The command 'x' returned a non-zero code: 7", code: 7),
      ]
    guard case .failed(let failure) = translate(records).translator.verdict else { Issue.record("no failure"); return }
    #expect(failure.lastLines == ["one", "two"])
  }

  @Test func lastLinesOfATriggerAreNotThoseOfTheOneBefore() {
    let (_, translator) = translate([
      .text("Step 1/1 : FROM x\n"), .text("# Executing 2 build triggers\n"),
      .text(" ---> Running in 0123456789ab\n"), .text("first\n"),
      .text("Removing intermediate container 0123456789ab\n"), .text(" ---> 111111111111\n"),
      .text(" ---> Running in ba9876543210\n"), .text("second\n"),
      .text("Removing intermediate container ba9876543210\n"),
      .error(message: "The command 'x' returned a non-zero code: 7", code: 7),
    ])
    guard case .failed(let failure) = translator.verdict else { Issue.record("no failure"); return }
    #expect(failure.lastLines == ["second"])
  }

  /// Podman marks nothing, and says what it has made of an instruction that it does not know.
  @Test(arguments: [
    ("while running runtime: exit status 7", ["words"]), ("Build error: Unknown instruction: \"BOGUS\"", []),
  ]) func lastLinesOfPodmanAreWhatItSays(error: String, lines: [String]) {
    let (_, translator) = translate([
      .text("STEP 1/1: RUN x\n"), .text("words\n"), .error(message: error, code: nil),
    ])
    guard case .failed(let failure) = translator.verdict else { Issue.record("no failure"); return }
    #expect(failure.lastLines == lines)
  }

  @Test func causeOfPodmansFailureIsToldWithoutItsWrapping() {
    let (_, translator) = translate([
      .text("STEP 1/1: COPY a\": b /\n"),
      .error(
        message:
          "building at STEP \"COPY a\": b /\": checking on sources under \"/tmp/x/build\": copier: stat: \"/b\": no such file or directory",
        code: nil),
    ])
    guard case .failed(let failure) = translator.verdict else { Issue.record("no failure"); return }
    #expect(failure.message == "copier: stat: \"/b\": no such file or directory")
    #expect(failure.causes == ["building at STEP \"COPY a\": b /\""])
    #expect(failure.missingSource == "b")
  }

  /// A build in a command of a build, by a builder of either kind.
  @Test func builderInsideOfPodmansBuilderIsOutput() {
    let id = "sha256:" + String(repeating: "0", count: 64)
    let (texts, translator) = translate([
      .text("STEP 1/2: FROM x\n"), .text("STEP 2/2: RUN docker build .\n"), .text("Step 1/1 : FROM y\n"),
      .text(" ---> Running in 0123456789ab\n"), .text("COMMIT\n"), .text("Successfully built 000000000000\n"),
      .imageID(id, isFinal: false),
    ])
    #expect(texts.contains("2 con|  ---> Running in 0123456789ab"))
    #expect(texts.contains("2 con| Step 1/1 : FROM y"))
    #expect(translator.announcedContainers == [])
    #expect(translator.verdict == .image(id))
  }

  @Test func announcedContainersAreBounded() {
    let id = "0123456789ab"
    let (_, translator) = translate(
      [.text("Step 1/1 : RUN x\n")]
        + (0..<100).flatMap { _ -> [EngineRecord] in
          [.text(" ---> Running in \(id)\n"), .text("Removing intermediate container \(id): busy\n")]
        })
    #expect(translator.announcedContainers.count == 16)
  }

  @Test func cancelledStepIsOne() {
    #expect(
      translate(running + [.error(message: "context canceled", code: nil)]).texts.last
        == "1 cancelled 1/2 RUN x ! context canceled")
  }

  @Test func pullInsideABuildIsProgressOfItsStep() {
    let (texts, _) = translate([
      .text("Step 1/1 : FROM alpine\n"), .status(StatusRecord(id: "3", status: "Pulling from library/alpine")),
      .status(StatusRecord(id: "ab", status: "Downloading", current: 5, total: 10)),
      .status(StatusRecord(id: "ab", status: "Pull complete")), .status(StatusRecord(status: "Digest: sha256:1")),
    ])
    #expect(
      texts.dropFirst() == [
        "1 con| 3: Pulling from library/alpine", "progress 1/ab ab Downloading 5/10 bytes",
        "progress 1/ab ab Pull complete 10/10 bytes", "1 con| Digest: sha256:1",
      ])
  }

  @Test(arguments: [(2, 2, "cached"), (1, 2, "done"), (0, 2, "done"), (1, 1, "cached")])
  func baseImageWithTriggersIsCachedWhereTheyAllAre(cached: Int, triggers: Int, state: String) {
    let (texts, _) = translate(
      [.text("Step 1/2 : FROM x\n"), .text("# Executing \(triggers) build trigger\(triggers == 1 ? "" : "s")\n")]
        + Array(repeating: .text(" ---> Using cache\n"), count: cached) + [.text("Step 2/2 : RUN y\n")])
    #expect(texts.contains("1 \(state) 1/2 FROM x"))
  }

  @Test func podmanStream() {
    let (texts, translator) = translate([
      .text("STEP 1/3: FROM scratch\n"), .text("STEP 2/3: COPY a /\n"), .text("--> Using cache 0123456789abcdef\n"),
      .text("--> 0123456789a\n"), .text("STEP 3/3: RUN x\n"), .text("STEP 9/9: not one\nout"), .text("put\n"),
      .text("COMMIT\n"), .text("--> ba9876543210\n"), .text("Successfully built ba9876543210\n"),
    ])
    #expect(
      texts == [
        "1 started 1/3 FROM scratch", "1 done 1/3 FROM scratch", "2 started 2/3 COPY a /",
        "2 con| --> Using cache 0123456789abcdef", "2 con| --> 0123456789a", "2 cached 2/3 COPY a /",
        "3 started 3/3 RUN x", "3 con| STEP 9/9: not one", "3 con| output", "3 con| COMMIT", "3 con| --> ba9876543210",
        "3 done 3/3 RUN x", "- con| Successfully built ba9876543210",
      ])
    #expect(translator.verdict == .image("ba9876543210"))
  }

  @Test func longStepNameIsClippedAndStaysOneStep() {
    let name = String(repeating: "x", count: LineAssembler.lineLimit * 2)
    let (texts, _) = translate([.text("Step 1/1 : RUN \(name)"), .text("\n"), .text(" ---> ab\n")])
    #expect(texts.count == 2)
    #expect(texts[0].utf8.count < ClassicStreamTranslator.nameLimit + 100)
  }

  private static let lines: [(String, ClassicLine)] = [
    ("Step 2/5 : RUN make", .step(index: 2, total: 5, name: "RUN make")),
    ("STEP 2/5: RUN make", .step(index: 2, total: 5, name: "RUN make")),
    ("[1/2] STEP 2/5: RUN make", .step(index: 2, total: 5, name: "RUN make")),
    ("Step 2/5 :", .other), ("Step x/5 : y", .other), ("Step 99999999999999999999/5 : y", .other),
    ("Step 2 : y", .other),
    (" Step 2/5 : x", .other), ("", .other), ("[", .other), ("[]", .other), (" ---> Running in xyz", .other),
    (" ---> Running in 0123456789ab", .running(container: "0123456789ab")), (" ---> Running in 0123", .other),
    (" ---> Using cache", .usingCache), ("--> Using cache 01", .usingCache),
    ("Successfully built 0123456789ab", .built(shortID: "0123456789ab")), ("Successfully built 0123/../../x", .other),
    ("# Executing 1 build trigger", .triggers(1)), ("# Executing 12 build triggers", .triggers(12)),
    ("# Executing build triggers", .other), ("# Executing 3 things", .other),
    ("[Warning] x", .warning("x")), (" ---> [Warning] x", .warning("x")),
  ]

  @Test(arguments: lines)
  func linesOfTheBuilder(text: String, line: ClassicLine) {
    #expect(ClassicLine(text) == line)
  }
}
