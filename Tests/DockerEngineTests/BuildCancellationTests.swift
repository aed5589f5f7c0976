import JSON
import SwiftDockTestSupport
import Synchronization
import Testing

@testable import DockerEngine

struct BuildCancellationTests {
  private static let image = "sha256:" + String(repeating: "ab", count: 32)

  private func build(
    _ client: EngineClient, _ builder: Builder, _ interrupt: Interrupt, body: [UInt8] = Array("tar".utf8)
  ) throws -> BuildOutcome {
    try client.build(
      BuildOptions(builder: builder, buildID: "b1"), bodySize: Int64(body.count), interrupt: interrupt,
      onEvents: { _ in }
    ) { sink in
      try body.withUnsafeBytes { try sink($0) }
    }
  }

  @Test func buildKitIsAskedToCancelAndReadToItsEnd() throws {
    let engine = try FakeEngine()
    let interrupt = try Interrupt()
    let cancelled = try FakeEngineGate()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.trace(FakeEngineTrace().vertex("a", "A", started: 1))
      interrupt.fire()
      try exchange.wait(for: cancelled)
      try exchange.record(["errorDetail": ["message": "context canceled"]])
      try exchange.endChunked()
    }
    engine.on("POST /build/cancel") { exchange in
      try exchange.respond()
      cancelled.open()
    }
    #expect(try build(engine.client(), .buildKit, interrupt) == .interrupted(mayStillRun: false))
    #expect(engine.requests("POST /build/cancel").map { $0.parameter("id") } == ["b1"])
    #expect(engine.failures == [])
  }

  @Test func cancelThatCameTooEarlyIsRepeated() throws {
    let engine = try FakeEngine()
    let interrupt = try Interrupt()
    let heeded = try FakeEngineGate()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      interrupt.fire()
      try exchange.wait(for: heeded)
      try exchange.beginChunked()
      try exchange.record(["errorDetail": ["message": "context canceled"]])
      try exchange.endChunked()
    }
    engine.on("POST /build/cancel") { exchange in
      try exchange.respond()
      if exchange.requests("POST /build/cancel").count == 2 { heeded.open() }
    }
    // The body is one write, so that the upload is over for the client when the handler has read it.
    #expect(try build(engine.client(), .buildKit, interrupt) == .interrupted(mayStillRun: false))
  }

  @Test func buildThatEndedBeforeTheCancelSucceeded() throws {
    let engine = try FakeEngine()
    let interrupt = try Interrupt()
    let cancelled = try FakeEngineGate()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.trace(FakeEngineTrace().vertex("a", "A", started: 1))
      interrupt.fire()
      try exchange.wait(for: cancelled)
      try exchange.record(["id": "moby.image.id", "aux": ["ID": .string(Self.image)]])
      try exchange.endChunked()
    }
    engine.on("POST /build/cancel") { exchange in
      try exchange.respond()
      cancelled.open()
    }
    #expect(try build(engine.client(), .buildKit, interrupt) == .succeeded(imageID: Self.image))
  }

  @Test func buildKitThatDoesNotEndMayStillRun() throws {
    let engine = try FakeEngine()
    let interrupt = try Interrupt()
    let closed = try FakeEngineGate()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      interrupt.fire()
      try exchange.waitForDisconnect()
      closed.open()
    }
    let client = engine.client { $0.cancel = .milliseconds(100) }
    #expect(try build(client, .buildKit, interrupt) == .interrupted(mayStillRun: true))
    try closed.wait()
  }

  @Test(arguments: [Builder.classic, .buildKit]) func interruptedUploadIsCutOff(builder: Builder) throws {
    let engine = try FakeEngine()
    let interrupt = try Interrupt()
    let ended = try FakeEngineGate()
    engine.on("POST /build") { exchange in
      defer { ended.open() }
      try exchange.readBody(atMost: 1000)
      interrupt.fire()
      try exchange.readBody()
    }
    // More than the sockets hold: without the interrupt the producer would not come to its end.
    let body = [UInt8](repeating: 0, count: 64 << 20)
    #expect(try build(engine.client(), builder, interrupt, body: body) == .interrupted(mayStillRun: false))
    try ended.wait()
    #expect(engine.requests[0].bodySize < body.count)
    #expect(engine.requests("POST /build/cancel").isEmpty)
  }

  @Test func interruptBeforeTheConnectionSendsNothing() throws {
    let engine = try FakeEngine()
    let interrupt = try Interrupt()
    interrupt.fire()
    #expect(try build(engine.client(), .classic, interrupt) == .interrupted(mayStillRun: false))
    #expect(engine.requests.isEmpty)
  }

  /// What the script's container does after the connection was closed.
  private final class Container: Sendable {
    let answers = Mutex<[JSONValue?]>([])
    func next() -> JSONValue? { answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? nil } }
  }

  private func classicEngine(_ interrupt: Interrupt, _ container: Container) throws -> FakeEngine {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["stream": "Step 1/1 : RUN sleep 60\n"])
      try exchange.record(["stream": " ---> Running in 0123456789ab\n"])
      interrupt.fire()
      try exchange.waitForDisconnect()
    }
    engine.on("GET /containers/0123456789ab/json") { exchange in
      if let answer = container.next() {
        try exchange.respond(json: answer)
      } else {
        try exchange.respond(status: 404, json: ["message": "No such container"])
      }
    }
    engine.on("DELETE /containers/*") { exchange in
      container.answers.withLock { $0 = [nil] }
      try exchange.respond(status: 204)
    }
    return engine
  }

  private static let running: JSONValue = [
    "Id": "0123456789ab", "State": ["Running": true], "Created": "2999-01-01T00:00:00.123456789Z",
  ]

  @Test func classicBuildEndsWhenItsContainersAreGone() throws {
    let interrupt = try Interrupt()
    let container = Container()
    container.answers.withLock { $0 = [Self.running, Self.running, nil] }
    let engine = try classicEngine(interrupt, container)
    #expect(try build(engine.client(), .classic, interrupt) == .interrupted(mayStillRun: false))
    #expect(engine.requests("GET /containers/*/json").count == 3)
    #expect(engine.requests("DELETE /containers/*").isEmpty)
    #expect(engine.requests("POST /build/cancel").isEmpty)
    #expect(engine.failures == [])
  }

  @Test func containerThatStaysIsRemovedByForce() throws {
    let interrupt = try Interrupt()
    let container = Container()
    container.answers.withLock { $0 = [Self.running] }
    let engine = try classicEngine(interrupt, container)
    let client = engine.client { $0.cancel = .milliseconds(400) }
    #expect(try build(client, .classic, interrupt) == .interrupted(mayStillRun: false))
    #expect(engine.requests("DELETE /containers/*").map { $0.parameter("force") } == ["1"])
  }

  /// A command can print the number of any container as the builder does that of its own.
  @Test(arguments: ["2001-01-01T00:00:00.123456789Z", "2999-01-01T00:00:00+01:00", ""])
  func containerThatNeedNotBeTheBuildsIsLeftAlone(created: String) throws {
    let interrupt = try Interrupt()
    let container = Container()
    container.answers.withLock {
      $0 = [["Id": "0123456789ab", "State": ["Running": true], "Created": .string(created)]]
    }
    let engine = try classicEngine(interrupt, container)
    let client = engine.client { $0.cancel = .milliseconds(400) }
    #expect(try build(client, .classic, interrupt) == .interrupted(mayStillRun: false))
    try client.removeContainer("0123456789ab", ofBuildSince: BuildStart())
    #expect(engine.requests("DELETE /containers/*").isEmpty)
  }

  @Test func startOfABuildIsComparedAsTimesAre() {
    let start = BuildStart(secondsSince1970: 1_795_885_691)
    func isNotAfter(_ created: String) -> Bool {
      start.isNotAfter(ContainerSummary(id: "a", isRunning: true, created: created))
    }
    #expect(isNotAfter("2026-11-28T17:08:11.123456789Z"))
    #expect(isNotAfter("2026-11-28T17:08:11Z"))
    #expect(!isNotAfter("2026-11-28T17:08:10.999999999Z"))
    #expect(!isNotAfter("2026-11-28T17:08:11"))
  }

  @Test func classicBuildOfAStoppedEngineMayStillRun() throws {
    let interrupt = try Interrupt()
    let engine = try classicEngine(interrupt, Container())
    engine.on("GET /containers/*/json") { exchange in
      exchange.freezeEngine()
      try exchange.waitForDisconnect()
    }
    let client = engine.client { $0.cancel = .milliseconds(100) }
    let start = ContinuousClock.now
    #expect(try build(client, .classic, interrupt) == .interrupted(mayStillRun: true))
    // The answer to another question would be waited for ten seconds.
    #expect(ContinuousClock.now - start < client.timeouts.answer / 2)
    engine.thaw()
  }

  @Test func containerThatCannotBeRemovedMayStillRun() throws {
    let interrupt = try Interrupt()
    let container = Container()
    container.answers.withLock { $0 = [Self.running] }
    let engine = try classicEngine(interrupt, container)
    engine.on("DELETE /containers/*") { try $0.respond(status: 500, json: ["message": "no"]) }
    let client = engine.client { $0.cancel = .milliseconds(100) }
    #expect(try build(client, .classic, interrupt) == .interrupted(mayStillRun: true))
  }

  @Test func podmanMayGoOnAfterTheConnectionIsClosed() throws {
    let engine = try FakeEngine()
    let interrupt = try Interrupt()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["stream": "STEP 1/1: RUN sleep 60\n"])
      interrupt.fire()
      try exchange.waitForDisconnect()
    }
    #expect(try build(engine.client(product: .podman), .classic, interrupt) == .interrupted(mayStillRun: true))
  }
}
