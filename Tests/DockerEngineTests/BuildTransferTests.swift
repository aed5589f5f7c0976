import Glibc
import JSON
import SwiftDockTestSupport
import Testing

@testable import DockerEngine

struct BuildTransferTests {
  private static let image = "sha256:" + String(repeating: "ab", count: 32)

  private func build(
    _ client: EngineClient, _ builder: Builder = .buildKit, size: Int64? = nil, body: [UInt8] = Array("tar".utf8),
    interrupt: Interrupt? = nil, log: EventLog = EventLog()
  ) throws -> BuildOutcome {
    try client.build(
      BuildOptions(builder: builder, buildID: "b1"), bodySize: size ?? Int64(body.count),
      interrupt: interrupt ?? Interrupt(), onEvents: log.add
    ) { sink in
      try body.withUnsafeBytes { try sink($0) }
    }
  }

  @Test func contextIsSentAndEventsComeInOrder() throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody(keeping: true)
      try exchange.beginChunked()
      try exchange.trace(FakeEngineTrace().vertex("a", "[1/1] RUN x", started: 1).log("a", "hello\n"))
      try exchange.trace(FakeEngineTrace().vertex("a", "[1/1] RUN x", started: 1, completed: 2))
      try exchange.record(["id": "moby.image.id", "aux": ["ID": .string(Self.image)]])
      try exchange.endChunked()
    }
    let log = EventLog()
    #expect(try build(engine.client(), log: log) == .succeeded(imageID: Self.image))
    #expect(log.all.texts == ["1 started 1/1 [1/1] RUN x", "1 out| hello", "1 done 1/1 [1/1] RUN x"])
    #expect(!log.batchSizes.contains(0))
    let request = engine.requests[0]
    #expect(request.target == "/v1.41/build?version=2&buildid=b1&dockerfile=Dockerfile")
    #expect(request.body == Array("tar".utf8))
    #expect(request.field("Content-Type") == "application/x-tar")
    #expect(engine.failures == [])
  }

  @Test func largeContextPassesInPiecesOfAnySize() throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["id": "moby.image.id", "aux": ["ID": .string(Self.image)]])
      try exchange.endChunked()
    }
    let piece = [UInt8](repeating: 7, count: 100_000)
    let size = Int64(100 * (1 + 512 + 100_000))
    let outcome = try engine.client().build(
      BuildOptions(builder: .buildKit, buildID: "b"), bodySize: size, interrupt: Interrupt(), onEvents: { _ in }
    ) { sink in
      for _ in 0..<100 {
        for count in [1, 512, 100_000] { try piece.withUnsafeBytes { try sink(.init(rebasing: $0[..<count])) } }
      }
    }
    #expect(outcome == .succeeded(imageID: Self.image))
    #expect(engine.requests[0].bodySize == Int(size))
  }

  @Test func answerDuringTheUploadIsReadWhileItGoesOn() throws {
    let engine = try FakeEngine()
    let seen = try FakeEngineGate()
    engine.on("POST /build") { exchange in
      try exchange.beginChunked()
      try exchange.trace(FakeEngineTrace().vertex("a", "early", started: 1))
      try exchange.wait(for: seen)
      try exchange.readBody()
      try exchange.record(["id": "moby.image.id", "aux": ["ID": .string(Self.image)]])
      try exchange.endChunked()
    }
    // Larger than a socket's buffer: the upload ends only when the Engine reads, and the Engine reads only when its
    // first event was seen.
    let body = [UInt8](repeating: 1, count: 4 << 20)
    let outcome = try engine.client().build(
      BuildOptions(builder: .buildKit, buildID: "b"), bodySize: Int64(body.count), interrupt: Interrupt(),
      onEvents: { _ in seen.open() }
    ) { sink in
      try body.withUnsafeBytes { try sink($0) }
    }
    #expect(outcome == .succeeded(imageID: Self.image))
  }

  @Test func refusalDuringTheUploadIsTheOutcome() throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody(atMost: 1000)
      try exchange.respond(
        status: 400, fields: [("Connection", "close")], json: ["message": "dockerfile parse error line 3: x"])
    }
    let body = [UInt8](repeating: 1, count: 4 << 20)
    for _ in 0..<20 {
      guard case .failed(let failure) = try build(engine.client(), .classic, body: body) else {
        Issue.record("not refused")
        return
      }
      #expect(failure.kind == .dockerfile)
      #expect(failure.dockerfileLine == 3)
      #expect(failure.status == 400)
    }
  }

  private static let refusals: [(Int, String, FailureKind)] = [
    (500, "Cannot locate specified Dockerfile: D", .dockerfileNotFound),
    (400, "failed to reach build target x in Dockerfile", .dockerfile), (400, "unknown operating system", .option),
    (500, "network mode \"x\" not supported by buildkit", .option),
    (500, "archive/tar: invalid tar header", .contextInvalid),
    (500, "", .engine), (503, "busy", .engine),
  ]

  @Test(arguments: refusals)
  func refusedBuildIsAFailure(status: Int, message: String, kind: FailureKind) throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.respond(status: status, json: ["message": .string(message)])
    }
    guard case .failed(let failure) = try build(engine.client()) else { Issue.record("not failed"); return }
    #expect(failure.kind == kind)
    #expect(failure.status == status)
  }

  @Test func successWithoutProofIsNone() throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.respond(body: [])
    }
    #expect(try build(engine.client()) == .lost(.noResult))
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["id": "moby.image.id", "aux": ["ID": .string(Self.image)]])
    }
    #expect(try build(engine.client()) == .lost(.closed))
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      exchange.close()
    }
    #expect(try build(engine.client()) == .lost(.closed))
  }

  @Test func failureThatWasSaidHoldsThoughTheConnectionBreaks() throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["errorDetail": ["message": "boom"]])
    }
    guard case .failed(let failure) = try build(engine.client()) else { Issue.record("not failed"); return }
    #expect(failure.message == "boom")
  }

  @Test func shortImageIDIsAskedFor() throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["stream": "Successfully built abababababab\n"])
      try exchange.endChunked()
    }
    engine.on("GET /images/abababababab/json") { try $0.respond(json: ["Id": .string(Self.image)]) }
    #expect(try build(engine.client(), .classic) == .succeeded(imageID: Self.image))
  }

  struct ContextChanged: Error {}

  @Test func producersErrorLeavesTheBodyUnfinished() throws {
    let engine = try FakeEngine()
    let ended = try FakeEngineGate()
    engine.on("POST /build") { exchange in
      defer { ended.open() }
      try exchange.readBody()
    }
    let interrupt = try Interrupt()
    do throws(BuildTransferError) {
      _ = try engine.client().build(
        BuildOptions(builder: .buildKit, buildID: "b"), bodySize: 1000, interrupt: interrupt, onEvents: { _ in }
      ) { sink in
        try [UInt8](repeating: 0, count: 999).withUnsafeBytes { try sink($0) }
        throw ContextChanged()
      }
      Issue.record("no error")
    } catch .body(let error) {
      #expect(error is ContextChanged)
    } catch {
      Issue.record("\(error)")
    }
    try ended.wait()
    #expect(engine.requests[0].bodySize < 1000)
  }

  @Test(arguments: [(Int64(4), Int64(3)), (2, 3)]) func sizeOtherThanAnnouncedIsAnError(
    announced: Int64, produced: Int64
  ) throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { try $0.readBody() }
    let interrupt = try Interrupt()
    do throws(BuildTransferError) {
      _ = try engine.client().build(
        BuildOptions(builder: .buildKit, buildID: "b"), bodySize: announced, interrupt: interrupt,
        onEvents: { _ in }
      ) { sink in
        try [UInt8](repeating: 0, count: Int(produced)).withUnsafeBytes { try sink($0) }
      }
      Issue.record("no error")
    } catch {
      guard case .engine(.bodySizeMismatch(announced, produced)) = error else { Issue.record("\(error)"); return }
    }
  }

  @Test func unreachableEngineIsAnError() throws {
    let engine = try FakeEngine()
    let client = engine.client()
    engine.stop()
    #expect {
      try build(client)
    } throws: { error in
      if case BuildTransferError.engine(.unreachable(_, ENOENT)) = error { true } else { false }
    }
  }

  @Test func malformedRecordIsAnErrorAndItsEventsAreNotLost() throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.chunk("{\"stream\":\"Step 1/1 : FROM scratch\\n\"}\n{nonsense\n")
      try exchange.endChunked()
    }
    let log = EventLog()
    #expect {
      try build(engine.client(), .classic, log: log)
    } throws: { error in
      if case BuildTransferError.engine(.protocolViolation(.json)) = error { true } else { false }
    }
    #expect(log.all.texts == ["1 started 1/1 FROM scratch"])
  }

  @Test func unfinishedLineIsHandedOutAfterAWhile() throws {
    let engine = try FakeEngine()
    let seen = try FakeEngineGate()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.trace(FakeEngineTrace().vertex("a", "A", started: 1).log("a", "50%"))
      try exchange.wait(for: seen)
      try exchange.trace(FakeEngineTrace().log("a", " done\n"))
      try exchange.record(["id": "moby.image.id", "aux": ["ID": .string(Self.image)]])
      try exchange.endChunked()
    }
    let log = EventLog()
    let outcome = try engine.client { $0.partialLine = .milliseconds(5) }.build(
      BuildOptions(builder: .buildKit, buildID: "b"), bodySize: 0, interrupt: Interrupt(),
      onEvents: { events in
        log.add(events)
        if events.texts.contains("1 out+| 50%") { seen.open() }
      }
    ) { _ in }
    #expect(outcome == .succeeded(imageID: Self.image))
    #expect(log.all.texts == ["1 started A", "1 out+| 50%", "1 out|  done"])
  }

  @Test func silentBuildGoesOnWhileTheEngineAnswersPings() throws {
    let engine = try FakeEngine()
    let pinged = try FakeEngineGate()
    engine.on("HEAD /_ping") { exchange in
      try exchange.respond()
      if exchange.requests("HEAD /_ping").count == 5 { pinged.open() }
    }
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.wait(for: pinged)
      try exchange.beginChunked()
      try exchange.record(["id": "moby.image.id", "aux": ["ID": .string(Self.image)]])
      try exchange.endChunked()
    }
    #expect(try build(engine.client { $0.probe = .milliseconds(10) }) == .succeeded(imageID: Self.image))
  }

  @Test(arguments: [Builder.classic, .buildKit]) func stoppedEngineIsLostWithinBoundedTime(builder: Builder) throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      exchange.freezeEngine()
      try exchange.waitForDisconnect()
    }
    let client = engine.client {
      $0.probe = .milliseconds(20)
      $0.ping = .milliseconds(50)
    }
    #expect(try build(client, builder) == .lost(.silent))
    engine.thaw()
  }

  @Test func engineStoppedDuringTheUploadIsLost() throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody(atMost: 1000)
      exchange.freezeEngine()
      try exchange.readBody()
    }
    let client = engine.client {
      $0.probe = .milliseconds(20)
      $0.ping = .milliseconds(50)
    }
    #expect(try build(client, body: [UInt8](repeating: 0, count: 8 << 20)) == .lost(.unfinishedContext))
    engine.thaw()
  }

  /// That it answers on its path says nothing when another has taken the path.
  @Test func silentBuildOfAnEngineWhoseSocketWasReplacedIsLost() throws {
    let engine = try FakeEngine()
    let other = try FakeEngine()
    let (old, new) = (engine.socketPath, other.socketPath)
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      rename(new, old)
      try exchange.waitForDisconnect()
    }
    var client = engine.client {
      $0.probe = .milliseconds(20)
      $0.ping = .milliseconds(50)
    }
    client.socketFile = SocketFile(at: engine.socketPath)
    #expect(try build(client) == .lost(.silent))
    #expect(client.isReplaced)
    #expect(other.requests.isEmpty)
  }

  /// Docker 20.10 that is told to end closes its socket, ends the step's container with SIGTERM and SIGKILL, and reports
  /// the code that this gives as if the step had failed; a program that heeds SIGTERM gives 0.
  @Test(arguments: [137, 143, 0]) func stepThatAnEndingEngineEndedHasNoResult(code: Int) throws {
    let engine = try FakeEngine()
    let path = engine.socketPath
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["stream": "Step 1/1 : RUN x\n"])
      unlink(path)
      if code == 0 {
        try exchange.record(["aux": ["ID": .string(Self.image)]])
        try exchange.record(["stream": "Successfully built abababababab\n"])
      } else {
        let text = "The command 'x' returned a non-zero code: \(code)"
        try exchange.record([
          "errorDetail": ["code": .integer(Int64(code)), "message": .string(text)], "error": .string(text),
        ])
      }
      try exchange.endChunked()
    }
    #expect(try build(engine.client(), .classic) == .lost(.stepEndedWithEngine))
  }

  /// A command that heeds SIGTERM ends well, and Docker 20.10 finds the file system gone that it was to keep. Not
  /// everything can come of that.
  @Test(arguments: [
    ("error creating overlay mount to /d/merged: invalid argument", true), ("context canceled", true),
    ("dockerfile parse error line 2: unknown instruction: X", false),
  ]) func failureThatMayComeOfTheEnginesEndIsNone(text: String, isLost: Bool) throws {
    let engine = try FakeEngine()
    let path = engine.socketPath
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["stream": "Step 1/1 : RUN x\n"])
      unlink(path)
      try exchange.record(["errorDetail": ["message": .string(text)]])
      try exchange.endChunked()
    }
    let outcome = try build(engine.client(), .classic)
    if isLost {
      #expect(outcome == .lost(.stepEndedWithEngine))
    } else {
      guard case .failed(let failure) = outcome else { Issue.record("\(outcome)"); return }
      #expect(failure.message == text)
    }
  }

  /// The socket is systemd's, and the next Engine answers there by now.
  @Test(arguments: [true, false]) func stepThatAnEngineEndedWhoseSocketStaysHasNoResult(hasEnded: Bool) throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["stream": "Step 1/1 : RUN x\n"])
      try exchange.record(["errorDetail": ["code": 137, "message": "The command 'x' returned a non-zero code: 137"]])
      try exchange.endChunked()
    }
    var client = engine.client()
    client.hasEnded = { hasEnded }
    let outcome = try build(client, .classic)
    if hasEnded {
      #expect(outcome == .lost(.stepEndedWithEngine))
    } else {
      guard case .failed(let failure) = outcome else { Issue.record("\(outcome)"); return }
      #expect(failure.exitCode == 137)
    }
  }

  @Test func killedEngineIsLost() throws {
    let engine = try FakeEngine()
    let begun = try FakeEngineGate()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      begun.open()
      try exchange.waitForDisconnect()
    }
    let thread = try FakeEngineThread {
      try? begun.wait()
      engine.stop()
    }
    defer { thread.join() }
    #expect(try build(engine.client()) == .lost(.closed))
  }
}
