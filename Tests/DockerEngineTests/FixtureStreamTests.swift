import Testing

@testable import DockerEngine

/// The streams of a real Engine, read as the broker reads them.
struct FixtureStreamTests {
  private struct Reading: Equatable {
    var events: [BuildEvent] = []
    var verdict = StreamVerdict.none
  }

  private func read(_ name: String, cutting: (Int) -> Int = { _ in Int.max }) throws -> Reading {
    let bytes = try Fixture.read(name + ".body")
    var reader = BuildStreamReader(builder: name.hasPrefix("buildkit") ? .buildKit : .classic)
    var reading = Reading()
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(cutting(bytes.count - rest.count))
      try reader.read(piece, into: &reading.events)
      rest = rest.dropFirst(piece.count)
    }
    reader.finish(into: &reading.events)
    reading.verdict = reader.verdict
    return reading
  }

  @Test(arguments: Fixture.bodies.filter { $0 != "classic-bad-dockerfile" })
  func readsOfAnySizeGiveTheSameEvents(name: String) throws {
    let whole = try read(name)
    var generator = SplitMix(state: 1)
    #expect(try read(name) { _ in Int(generator.next() % 700) + 1 } == whole)
    if whole.events.count < 200 { #expect(try read(name) { _ in 1 } == whole) }
  }

  @Test func classicBuildOfSeveralStages() throws {
    let reading = try read("classic-multistage-ok")
    let runA =
      #"RUN ["/bin/busybox","sh","-c","echo from-a; echo err-a >&2; /bin/busybox sleep 1; echo 0.8125810166413523 > /a"]"#
    let runB =
      #"RUN ["/bin/busybox","sh","-c","for i in 1 2 3; do echo b-$i; /bin/busybox sleep 0; done; echo x > /b"]"#
    #expect(
      reading.events.texts == [
        "1 started 1/9 FROM scratch AS base", "1 con|  ---> ", "1 done 1/9 FROM scratch AS base",
        "2 started 2/9 COPY busybox /bin/busybox", "2 con|  ---> Using cache", "2 con|  ---> e35e0c1af521",
        "2 cached 2/9 COPY busybox /bin/busybox",
        "3 started 3/9 FROM base AS a", "3 con|  ---> e35e0c1af521", "3 done 3/9 FROM base AS a",
        "4 started 4/9 \(runA)", "4 con|  ---> Running in 5c4f987fe080", "4 err| err-a", "4 out| from-a",
        "4 con| Removing intermediate container 5c4f987fe080", "4 con|  ---> d66f6aaa2afd", "4 done 4/9 \(runA)",
        "5 started 5/9 FROM base AS b", "5 con|  ---> e35e0c1af521", "5 done 5/9 FROM base AS b",
        "6 started 6/9 \(runB)", "6 con|  ---> Running in 960e7457b9b4", "6 out| b-1", "6 out| b-2", "6 out| b-3",
        "6 con| Removing intermediate container 960e7457b9b4", "6 con|  ---> b765bf8caf47", "6 done 6/9 \(runB)",
        "7 started 7/9 FROM scratch", "7 con|  ---> ", "7 done 7/9 FROM scratch",
        "8 started 8/9 COPY --from=a /a /a", "8 con|  ---> 584621d401e7", "8 done 8/9 COPY --from=a /a /a",
        "9 started 9/9 COPY --from=b /b /b", "9 con|  ---> 94a7ffbcd50f", "9 done 9/9 COPY --from=b /b /b",
        "- con| Successfully built 94a7ffbcd50f", "- con| Successfully tagged fd:fx2",
      ])
    #expect(
      reading.verdict
        == .image("sha256:94a7ffbcd50f275cd39a7b66025bf47bf3c8a19c3b808c9bbd70e045d7ab3868"))
  }

  @Test func classicCachedStepsAreMarked() throws {
    let reading = try read("classic-multistage-cached")
    let states = reading.events.compactMap { event in if case .step(let step) = event { step.state } else { nil } }
    #expect(states.filter { $0 == .cached }.count == 5)
    #expect(states.filter { $0 == .done }.count == 4)
    #expect(
      reading.verdict
        == .image("sha256:94a7ffbcd50f275cd39a7b66025bf47bf3c8a19c3b808c9bbd70e045d7ab3868"))
  }

  @Test func classicFailureNamesStepStatusAndLastLines() throws {
    let reading = try read("classic-run-exit7")
    guard case .failed(let failure) = reading.verdict else { Issue.record("\(reading.verdict)"); return }
    #expect(failure.kind == .step)
    #expect(failure.exitCode == 7)
    #expect(failure.stepId == "4")
    #expect(failure.stepName == "RUN echo out 0.8125810166413523; echo err >&2; exit 7")
    #expect(failure.lastLines.contains("err"))
    #expect(failure.lastLines.contains("out 0.8125810166413523"))
    guard case .step(let last)? = reading.events.last else { Issue.record("no last step"); return }
    #expect(last.state == .failed)
  }

  @Test func classicOutputKeepsCarriageReturnsAndEscapes() throws {
    let texts = try read("classic-nonutf8-cr-ansi").events.texts
    #expect(texts.contains("4 out| \u{FFFD}abc\r50%\r100%"))
    #expect(texts.contains("4 out| \u{1B}[31mred\u{1B}[0m no newline"))
  }

  @Test func classicWarningIsOne() throws {
    #expect(
      try read("classic-unused-arg-warning").events.texts
        .contains("warning engineWarning: One or more build-args [ZZ] were not consumed"))
  }

  @Test func classicMissingFileFailsItsStep() throws {
    guard case .failed(let failure) = try read("classic-copy-missing").verdict else {
      Issue.record("no failure"); return
    }
    #expect(failure.kind == .step)
    #expect(failure.stepName == "COPY nope /")
    #expect(failure.exitCode == nil)
  }

  @Test func buildKitBuildOfSeveralStages() throws {
    let reading = try read("buildkit-multistage-ok")
    let texts = reading.events.texts
    let steps = texts.filter { $0.contains(" started ") || $0.contains(" cached ") }
    #expect(
      steps.map { $0.split(separator: "]")[0] } == [
        "1 started [internal", "2 started copy /context /", "3 cached 1/1 [base 1/1", "4 started 1/1 [a 1/1",
        "5 started 1/1 [b 1/1", "6 started 1/2 [stage-3 1/2", "7 started 2/2 [stage-3 2/2",
        "8 started exporting to image",
      ])
    #expect(
      texts.filter { $0.contains("| ") } == [
        "4 err| err-a", "4 out| from-a", "5 out| b-1", "5 out| b-2", "5 out| b-3", "- con| Successfully tagged fd:fx1",
      ])
    #expect(texts.filter { $0.contains(" done ") }.count == 7)
    guard case .image(let id) = reading.verdict else { Issue.record("\(reading.verdict)"); return }
    #expect(id.hasPrefix("sha256:af7aa6"))
    #expect(id.utf8.count == 71)
  }

  @Test func everyStepOfARecordedBuildEndsOnce() throws {
    for name in ["buildkit-multistage-ok", "buildkit-multistage-cached", "classic-multistage-ok"] {
      var ends: [String: Int] = [:]
      for case .step(let step) in try read(name).events {
        ends[step.stepId, default: 0] += step.state == .started ? 0 : 1
      }
      #expect(ends.values.allSatisfy { $0 == 1 }, "\(name)")
    }
  }

  @Test func buildKitFailureNamesStepStatusAndLastLines() throws {
    let reading = try read("buildkit-run-exit7")
    guard case .failed(let failure) = reading.verdict else { Issue.record("\(reading.verdict)"); return }
    #expect(failure.kind == .step)
    #expect(failure.exitCode == 7)
    #expect(failure.stepName == "[2/2] RUN echo out 0.8125810166413523; echo err >&2; exit 7")
    #expect(failure.lastLines == ["err", "out 0.8125810166413523"])
    guard case .step(let last)? = reading.events.last else { Issue.record("no last step"); return }
    #expect(last.state == .failed)
    #expect(last.stepId == failure.stepId)
  }

  @Test func buildKitSyntaxErrorHasItsLine() throws {
    guard case .failed(let failure) = try read("buildkit-bad-dockerfile").verdict else {
      Issue.record("no failure"); return
    }
    #expect(failure.kind == .dockerfile)
    #expect(failure.dockerfileLine == 2)
    #expect(failure.message == "dockerfile parse error line 2: unknown instruction: BOGUS")
    #expect(failure.stepId == nil)
  }

  @Test func buildKitMissingFileFailsItsStep() throws {
    guard case .failed(let failure) = try read("buildkit-copy-missing").verdict else {
      Issue.record("no failure"); return
    }
    #expect(failure.kind == .step)
    #expect(failure.stepName == "[1/1] COPY nope /")
    #expect(failure.message == "\"/nope\" not found")
  }

  @Test func buildKitWithoutSessionSaysSo() throws {
    guard case .failed(let failure) = try read("buildkit-secret-no-session").verdict else {
      Issue.record("no failure"); return
    }
    #expect(failure.kind == .sessionRequired)
    #expect(failure.stepName?.contains("--mount=type=secret") == true)
  }

  @Test func buildKitOutputThatWasClippedIsSaidOnce() throws {
    let texts = try read("buildkit-log-clipped").events.texts
    #expect(texts.filter { $0.contains("out| [output clipped, log limit") }.count == 1)
    #expect(texts.filter { $0.hasPrefix("warning outputClipped") }.count == 1)
    #expect(texts.filter { $0.hasSuffix("| abcdefghij") }.count > 10_000)
  }

  @Test func buildKitOutputKeepsItsBytes() throws {
    let logs = try read("buildkit-nonutf8-cr-ansi").events.compactMap { event in
      if case .log(let line) = event { line.bytes } else { nil }
    }
    #expect(logs == [[0xFF] + Array("abc\r50%\r100%".utf8), Array("\u{1B}[31mred\u{1B}[0m no newline".utf8)])
  }

  @Test func quietStreamNamesNoImageByItself() throws {
    #expect(try read("buildkit-quiet").verdict == .none)
  }
}
