import EventLoop
import Glibc
import JSON
import SwiftDockTestSupport
import Synchronization
import Testing

@testable import Broker

/// A build of a client that behaves, whose log is followed from before others misbehave until after it.
final class Witness {
  private static let pause: useconds_t = 20_000
  /// Sets its build apart from those of others.
  private static let buildArgs: JSONObject = ["WITNESS": "1"]

  let fixture: BrokerFixture
  private let mayEnd: FakeEngineGate
  private let hasEnded: FakeEngineGate
  private let outcome = Outcome()

  /// What the client was told, once it is.
  private final class Outcome: Sendable {
    let transcript = Mutex<Result<Transcript, any Error>?>(nil)
  }

  init(_ change: (inout BrokerSettings) -> Void = { _ in }) throws {
    fixture = try BrokerFixture(change)
    mayEnd = try FakeEngineGate()
    hasEnded = try FakeEngineGate()
    let begun = try FakeEngineGate()
    fixture.engine.on("POST /build") { [mayEnd] exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      guard exchange.request.parameter("buildargs")?.contains("WITNESS") == true else {
        try exchange.buildOneStep()
        return try exchange.endWithImage()
      }
      begun.open()
      try exchange.trace(FakeEngineTrace().vertex("sha256:1", "[1/1] RUN count", started: 1))
      var count = 0
      while !mayEnd.isOpen {
        try exchange.trace(FakeEngineTrace().log("sha256:1", "\(count)\n"))
        count += 1
        usleep(Self.pause)
      }
      try exchange.endWithImage()
    }
    let params: JSONObject = [
      "context": .string(try fixture.context()), "wait": true, "buildArgs": .object(Self.buildArgs),
    ]
    let path = fixture.socketPath
    let isRunning = startDetachedThread { [outcome, hasEnded] in
      let read = Result { try WireClient(path).only("build", params) }
      outcome.transcript.withLock { $0 = read }
      hasEnded.open()
    }
    try #require(isRunning)
    try begun.wait()
  }

  deinit { mayEnd.open() }

  /// Ends the build. It has succeeded, no line of its log is missing, and nobody else is connected any more.
  func expectUndisturbed(at location: SourceLocation = #_sourceLocation) throws {
    _ = try fixture.connect().call("broker.ping")
    mayEnd.open()
    try hasEnded.wait()
    let transcript = try #require(outcome.transcript.withLock { $0 }).get()
    transcript.expectWholeLog(at: location)
    #expect(transcript.lines == transcript.lines.indices.map { "\($0)" }, sourceLocation: location)
    #expect(transcript.answers.first?["result"]?["state"] == "succeeded", sourceLocation: location)
    try fixture.waitUntil({ $0.sessions.isEmpty }, at: location)
    #expect(
      try fixture.inside { broker in
        broker.builds.values.allSatisfy { $0.subscriptions.isEmpty && $0.waiters.isEmpty }
      }, sourceLocation: location)
  }
}

/// Numbers that are the same in every run: SplitMix64.
struct FixedRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension WireClient {
  /// Sends what the broker takes of it.
  func sendAsFarAsTaken(_ bytes: [UInt8]) { do { try send(raw: bytes) } catch {} }
}
