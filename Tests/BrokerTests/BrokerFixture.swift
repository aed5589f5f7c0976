import DockerEngine
import EventLoop
import Glibc
import JSON
import SwiftDockProtocol
import SwiftDockTestSupport
import Synchronization
import Testing

@testable import Broker

/// A broker in this process with a scripted Engine, both in a directory of their own that goes with them.
///
/// The Engine has BuildKit, no images but those that a test names, says yes to every tag, and builds by the script of
/// `FakeEngine.buildsAtOnce` until a test gives another.
final class BrokerFixture: Sendable {
  static let imageID = "sha256:" + String(repeating: "ab", count: 32)

  let directory: String
  let engine: FakeEngine
  let images = FakeImages()
  let loop: EventLoop
  let broker: Broker
  private let ownsEngine: Bool
  private let ended: FakeEngineGate
  /// Opens when the broker has ended, having been asked to.
  let idle: FakeEngineGate

  /// - Parameters:
  ///   - given: one that is scripted already, and that somebody else stops.
  ///   - enginePath: where the Engine is looked for, if not at its own path.
  init(
    engine given: FakeEngine? = nil, at enginePath: String? = nil, timeouts: EngineTimeouts = EngineTimeouts(),
    _ change: (inout BrokerSettings) -> Void = { _ in }
  ) throws {
    directory = try TemporaryDirectory.make()
    engine = try given ?? FakeEngine()
    ownsEngine = given == nil
    loop = try EventLoop()
    ended = try FakeEngineGate()
    idle = try FakeEngineGate()
    var settings = BrokerSettings(socketPath: directory + "/run/broker.sock", flushInterval: .milliseconds(1))
    change(&settings)
    let socketPath = enginePath ?? engine.socketPath
    broker = Broker(
      loop: loop, settings: settings, state: try StateDirectory(directory + "/state"),
      engine: EngineSource(endpoint: "unix://" + socketPath, timeouts: timeouts, locate: { socketPath }),
      journal: Journal(least: .fault))
    if ownsEngine { engine.script(images: images) }
    let started = Mutex<BrokerSocketError?>(nil)
    let hasStarted = try FakeEngineGate()
    let isRunning = startDetachedThread { [loop, broker, ended, idle] in
      loop.post {
        broker.assumeIsolated { broker in
          do throws(BrokerSocketError) { try broker.start { idle.open() } } catch { started.withLock { $0 = error } }
        }
        hasStarted.open()
      }
      loop.run()
      ended.open()
    }
    try #require(isRunning)
    try hasStarted.wait()
    if let error = started.withLock({ $0 }) { throw error }
  }

  deinit {
    loop.stop()
    do { try ended.wait() } catch { Issue.record("the loop does not end: \(error)") }
    broker.engine.stop()
    if ownsEngine { engine.stop() }
    TemporaryDirectory.remove(directory)
  }

  var socketPath: String { broker.settings.socketPath }

  func connect(_ framing: WireClient.Framing = .line) throws -> WireClient { try WireClient(socketPath, framing) }

  /// Runs `body` on the broker's thread and waits for what it returns.
  func inside<Value: Sendable>(_ body: @escaping @Sendable (isolated Broker) -> Value) throws -> Value {
    let value = Mutex<Value?>(nil)
    let gate = try FakeEngineGate()
    broker.onLoop { broker in
      let result = body(broker)
      value.withLock { $0 = result }
      gate.open()
    }
    try gate.wait()
    return try #require(value.withLock { $0 })
  }

  /// Waits until `condition` holds on the broker's thread.
  func waitUntil(
    _ condition: @escaping @Sendable (isolated Broker) -> Bool, at location: SourceLocation = #_sourceLocation
  ) throws {
    let end = ContinuousClock.now + .milliseconds(Int(FakeEngineGate.guardTime))
    while try !inside(condition) {
      try #require(ContinuousClock.now < end, "waited too long", sourceLocation: location)
    }
  }

  /// A directory with these files, by name.
  func context(_ files: [String: String] = ["Dockerfile": "FROM scratch\nCOPY a /\n", "a": "a"]) throws -> String {
    let path = directory + "/context-" + String(UInt64.random(in: .min ... .max), radix: 36)
    try #require(mkdir(path, 0o700) == 0)
    for (name, text) in files { try TemporaryDirectory.write(text, to: path + "/" + name) }
    return path
  }

  /// Asks the broker to end, as a signal does. The gate opens when it has.
  func shutDown(_ mode: BrokerShutdown.Mode = .drain) throws -> FakeEngineGate {
    broker.onLoop { $0.shutDown(mode) }
    return idle
  }
}
