import DockerEngine
import Glibc
import JSON
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

/// An Engine that goes away, at each point of a build; and what takes its place.
struct EngineLossTests {
  enum Phase: CaseIterable { case negotiating, pulling, uploading, building, exporting, pushing }

  enum Death: CaseIterable {
    /// Its process ends.
    case ended
    /// It is there, and says nothing.
    case silent
  }

  private static let files = ["Dockerfile": "FROM r.example/base\nCOPY . /\n", "a": "a"]

  private static let timeouts = {
    var timeouts = EngineTimeouts()
    timeouts.negotiation = .milliseconds(300)
    timeouts.answer = .seconds(2)
    timeouts.probe = .milliseconds(50)
    timeouts.ping = .milliseconds(50)
    return timeouts
  }()

  private let place: TestDirectory
  /// Where the broker looks for the Engine, whichever that is.
  private var path: String { place("engine") }

  init() throws { place = try TestDirectory() }

  /// - Parameter api: the highest version that it speaks.
  private func engine(api: String = "1.41") throws -> FakeEngine {
    let engine = try FakeEngine()
    let images = FakeImages()
    images["r.example/base"] = "sha256:base"
    engine.script(images: images)
    for method in ["HEAD", "GET"] { engine.on("\(method) /_ping") { try $0.respond(fields: [("Api-Version", api)]) } }
    try #require(rename(engine.socketPath, path) == 0)
    return engine
  }

  /// Has the Engine come to `phase` and no further.
  private func hold(_ engine: FakeEngine, in phase: Phase, reached: FakeEngineGate) throws {
    let never = try FakeEngineGate()
    switch phase {
    case .negotiating:
      engine.on("GET /version") { exchange in
        reached.open()
        try exchange.wait(for: never)
      }
    case .pulling:
      engine.on("GET /images/*/json") { try $0.respond(status: 404, json: ["message": "No such image"]) }
      engine.on("POST /images/create") { exchange in
        try exchange.beginChunked()
        try exchange.record(["status": "Pulling from base", "id": "latest"])
        reached.open()
        try exchange.wait(for: never)
      }
    case .uploading:
      engine.on("POST /build") { exchange in
        try exchange.readBody(atMost: 1000)
        reached.open()
        try exchange.wait(for: never)
      }
    case .building, .exporting:
      engine.on("POST /build") { exchange in
        try exchange.readBody()
        try exchange.beginChunked()
        try exchange.buildOneStep()
        // The image has a name, and the build no end.
        if phase == .exporting {
          try exchange.record(["id": "moby.image.id", "aux": ["ID": .string(BrokerFixture.imageID)]])
        }
        reached.open()
        try exchange.wait(for: never)
      }
    case .pushing:
      engine.on("POST /images/*/push") { exchange in
        try exchange.beginChunked()
        try exchange.record(["status": "Pushing", "id": "layer", "progressDetail": ["current": 1, "total": 2]])
        reached.open()
        try exchange.wait(for: never)
      }
    }
  }

  @Test(arguments: Phase.allCases, Death.allCases)
  func buildSaysWhatIsKnownOfItAndTheNextEngineBuilds(phase: Phase, death: Death) throws {
    let reached = try FakeEngineGate()
    let first = try engine()
    try hold(first, in: phase, reached: reached)
    let fixture = try BrokerFixture(engine: first, at: path, timeouts: Self.timeouts)
    let context = try fixture.context(Self.files)
    if phase == .uploading { try TemporaryDirectory.write(String(repeating: "x", count: 8 << 20), to: context + "/b") }
    let client = try fixture.connect()
    var params: JSONObject = ["context": .string(context)]
    if phase == .pushing {
      params["tags"] = ["r.example/a:1"]
      params["push"] = true
    }
    let id = try #require(try client.call("build", params)["buildId"])
    try reached.wait()
    switch death {
    case .ended: first.stop()
    case .silent: first.freeze()
    }
    let died = ContinuousClock.now
    let build = try client.call("build.wait", ["buildId": id])
    #expect(ContinuousClock.now - died < .seconds(5))
    #expect(build["state"] == "failed")
    let error = (phase == .pushing ? build["result"]?["tags"]?.arrayValue?.first : build)?["error"]
    switch phase {
    case .negotiating: #expect(error?.code == 1501)
    case .pulling, .uploading:
      #expect(error?.code == 1507)
      #expect(error?.detail["outcome"] == "failed")
    case .building, .exporting, .pushing:
      #expect(error?.code == 1507)
      #expect(error?.detail["outcome"] == "unknown")
    }
    // What is known is not taken back; what is not is not said.
    #expect((build["result"]?["imageId"] != nil) == (phase == .pushing))

    let second = try engine(api: "1.43")
    // It is found without a build that needs it.
    try fixture.waitUntil { $0.engine.state.state == .up && $0.engine.state.apiVersion == "1.43" }
    #expect(try fixture.build(["context": .string(try fixture.context(Self.files))])["state"] == "succeeded")
    #expect(second.builds.count == 1)
    first.stop()
  }

  /// The connection that rests on the first Engine does not tell of the second.
  @Test func buildGoesToTheEngineWhoseSocketItIsNow() throws {
    let first = try engine()
    let fixture = try BrokerFixture(engine: first, at: path, timeouts: Self.timeouts)
    let context: JSONValue = .string(try fixture.context(Self.files))
    #expect(try fixture.build(["context": context])["state"] == "succeeded")
    let second = try engine(api: "1.43")
    #expect(try fixture.build(["context": context])["state"] == "succeeded")
    #expect(first.builds.count == 1)
    #expect(second.builds.count == 1)
    #expect(try fixture.inside { $0.engine.state.apiVersion } == "1.43")
    // Nor is the end of the first one of the second.
    first.stop()
    let third = try engine()
    #expect(try fixture.build(["context": context])["state"] == "succeeded")
    #expect(third.builds.count == 1)
  }

  @Test(arguments: ["1.41", "1.43"])
  func waitingBuildTakesAnEqualEngineAndNoOther(api: String) throws {
    let reached = try FakeEngineGate()
    let first = try engine()
    try hold(first, in: .building, reached: reached)
    let fixture = try BrokerFixture(engine: first, at: path, timeouts: Self.timeouts) { $0.maxBuilds = 1 }
    let client = try fixture.connect()
    let running = try #require(
      try client.call("build", ["context": .string(try fixture.context(Self.files))])["buildId"])
    try reached.wait()
    let waiting = try #require(try client.call("build", ["context": .string(try fixture.context())])["buildId"])
    try fixture.waitUntil { $0.builds[waiting.stringValue ?? ""]?.state == .queued }
    let second = try engine(api: api)
    first.stop()
    #expect(try client.call("build.wait", ["buildId": running])["error"]?.detail["outcome"] == "unknown")
    let build = try client.call("build.wait", ["buildId": waiting])
    if api == "1.41" {
      #expect(build["state"] == "succeeded", "\(build)")
      #expect(second.builds.count == 1)
    } else {
      #expect(build["error"]?.code == 1507)
      #expect(build["error"]?.detail["outcome"] == "failed")
      #expect(second.builds.isEmpty)
    }
  }

  /// systemd holds the socket of an Engine over its restart: the next one answers there at once.
  @Test(arguments: [true, false]) func stepThatARestartEndedHasNoResult(isAtOnce: Bool) throws {
    let ending = try FakeEngineGate()
    let ended = try FakeEngineGate()
    let first = try engine()
    for method in ["HEAD", "GET"] {
      first.on("\(method) /_ping") { exchange in
        if !isAtOnce, !exchange.requests("POST /build").isEmpty { try exchange.wait(for: ended) }
        try exchange.respond(fields: [("Api-Version", "1.41")])
      }
    }
    first.on("GET /events") { exchange in
      try exchange.beginChunked()
      guard exchange.requests("POST /build").isEmpty else { return try exchange.rest() }
      try exchange.wait(for: ending)
    }
    first.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["stream": "Step 1/1 : FROM r.example/base\n"])
      ending.open()
      try exchange.wait(for: ended)
      let text = "The command 'x' returned a non-zero code: 137"
      try exchange.record(["errorDetail": ["code": 137, "message": .string(text)], "error": .string(text)])
      try exchange.endChunked()
    }
    let fixture = try BrokerFixture(engine: first, at: path, timeouts: Self.timeouts)
    try fixture.waitUntil { $0.engine.state.state == .up }
    let client = try fixture.connect()
    // One that ends sooner may have no events.
    try fixture.waitUntil { wallClockMs() - $0.engine.state.sinceMs > 1500 }
    let context: JSONValue = .string(try fixture.context(Self.files))
    let id = try #require(try client.call("build", ["context": context, "builder": "classic"])["buildId"])
    try fixture.waitUntil { isAtOnce ? first.requests("GET /events").count > 1 : $0.engine.state.state != .up }
    ended.open()
    let error = try client.call("build.wait", ["buildId": id])["error"]
    #expect(error?.code == 1507)
    #expect(error?.detail["outcome"] == "unknown")
    #expect(error?.detail["exitCode"] == nil)
    first.stop()
  }

  /// As Podman does without a log of events, an Engine behind a proxy that lets nobody see them, and one behind a proxy
  /// that ends what rests.
  @Test(arguments: [200, 403, nil] as [Int?]) func engineWhoseEventsEndStaysUpUntilItEnds(status: Int?) throws {
    let first = try engine()
    first.on("GET /events") { exchange in
      if let status { return try exchange.respond(status: status) }
      try exchange.beginChunked()
    }
    let fixture = try BrokerFixture(engine: first, at: path, timeouts: Self.timeouts)
    try fixture.waitUntil { $0.engine.state.state == .up }
    let since = try fixture.inside { $0.engine.state.sinceMs }
    try fixture.waitUntil { _ in first.requests("GET /events").count > 2 }
    #expect(try fixture.build(["context": .string(try fixture.context(Self.files))])["state"] == "succeeded")
    #expect(try fixture.inside { $0.engine.state.sinceMs } == since)
    first.stop()
    try fixture.waitUntil { $0.engine.state.state == .down }
  }

  /// Whoever stops waiting for a silent Engine says nothing about it to others.
  @Test func cancelledLookForTheEngineIsNoNewsOfIt() throws {
    let reached = try FakeEngineGate()
    let first = try engine()
    try hold(first, in: .negotiating, reached: reached)
    var timeouts = Self.timeouts
    timeouts.negotiation = .seconds(20)
    let fixture = try BrokerFixture(engine: first, at: path, timeouts: timeouts)
    try reached.wait()
    let client = try fixture.connect()
    let id = try #require(try client.call("build", ["context": .string(try fixture.context(Self.files))])["buildId"])
    _ = try client.call("cancel", ["buildId": id])
    #expect(try client.call("build.wait", ["buildId": id])["state"] == "cancelled")
    #expect(try fixture.inside { $0.engine.state.state } == .connecting)
    first.stop()
  }
}
