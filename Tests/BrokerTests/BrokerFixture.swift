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

  /// - Parameter engine: one that is scripted already, and that somebody else stops.
  init(engine given: FakeEngine? = nil, _ change: (inout BrokerSettings) -> Void = { _ in }) throws {
    directory = try TemporaryDirectory.make()
    engine = try given ?? FakeEngine()
    ownsEngine = given == nil
    loop = try EventLoop()
    ended = try FakeEngineGate()
    var settings = BrokerSettings(socketPath: directory + "/run/broker.sock", flushInterval: .milliseconds(1))
    change(&settings)
    let socketPath = engine.socketPath
    broker = Broker(
      loop: loop, settings: settings, state: try StateDirectory(directory + "/state"),
      engine: EngineSource(endpoint: "unix://" + socketPath, locate: { socketPath }), journal: Journal(least: .fault))
    if ownsEngine { engine.script(images: images) }
    let started = Mutex<BrokerSocketError?>(nil)
    let hasStarted = try FakeEngineGate()
    let isRunning = startDetachedThread { [loop, broker, ended] in
      loop.post {
        broker.assumeIsolated { broker in
          do throws(BrokerSocketError) { try broker.start() } catch { started.withLock { $0 = error } }
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
  func shutDown() throws -> FakeEngineGate {
    let idle = try FakeEngineGate()
    broker.onLoop { $0.shutDown { idle.open() } }
    return idle
  }
}

/// The images that the scripted Engine has.
final class FakeImages: Sendable {
  private let ids = Mutex<[String: String]>([:])

  subscript(name: String) -> String? {
    get { ids.withLock { $0[name] } }
    set { ids.withLock { $0[name] = newValue } }
  }
}

extension FakeEngine {
  fileprivate func script(images: FakeImages) {
    on("GET /events") { exchange in
      try exchange.beginChunked()
      try exchange.waitForDisconnect()
    }
    on("GET /images/*/json") { exchange in
      let name = String(exchange.request.path.dropFirst("/images/".count).dropLast("/json".count))
      guard let id = name.hasPrefix("sha256:") ? name : images[name] else {
        return try exchange.respond(status: 404, json: ["message": .string("No such image: \(name)")])
      }
      try exchange.respond(json: ["Id": .string(id), "Size": 1234, "Os": "linux", "Architecture": "amd64"])
    }
    on("POST /images/*/tag") { exchange in
      let name = "\(exchange.request.parameter("repo") ?? ""):\(exchange.request.parameter("tag") ?? "")"
      images[name] = String(exchange.request.path.dropFirst("/images/".count).dropLast("/tag".count))
      try exchange.respond(status: 201)
    }
    on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.buildOneStep()
      try exchange.endWithImage()
    }
  }

  /// Builds that end when `gate` opens; `begun` opens when the first context has arrived. Where the Engine is asked to
  /// cancel, the build ends as BuildKit's do.
  func buildsUntil(_ gate: FakeEngineGate, begun: FakeEngineGate) {
    on("POST /build/cancel") { exchange in
      try exchange.respond()
      gate.open()
    }
    on("POST /build") { [weak self] exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.buildOneStep()
      begun.open()
      try exchange.wait(for: gate)
      guard self?.requests("POST /build/cancel").isEmpty ?? true else {
        try exchange.record(["errorDetail": ["message": "failed to solve: context canceled"]])
        return try exchange.endChunked()
      }
      try exchange.endWithImage()
    }
  }

  var builds: [FakeEngineRequest] { requests("POST /build") }
}

extension FakeEngineExchange {
  /// A step of two lines.
  func buildOneStep() throws {
    try trace(FakeEngineTrace().vertex("sha256:1", "[1/1] COPY a /", started: 1))
    try trace(FakeEngineTrace().log("sha256:1", "one\ntwo\n"))
    try trace(FakeEngineTrace().vertex("sha256:1", "[1/1] COPY a /", started: 1, completed: 2))
  }

  func endWithImage(_ id: String = BrokerFixture.imageID) throws {
    try record(["id": "moby.image.id", "aux": ["ID": .string(id)]])
    try endChunked()
  }
}

/// Directories under `/tmp` that a test makes and removes.
enum TemporaryDirectory {
  struct Failure: Error { let call: String, code: Int32 }

  static func make() throws -> String {
    var template = Array("/tmp/broker-tests-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(call: "mkdtemp", code: errno) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func write(_ text: String, to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw Failure(call: "open", code: errno) }
    defer { close(file) }
    let bytes = Array(text.utf8)
    guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw Failure(call: "write", code: errno) }
  }

  static func remove(_ path: String) {
    guard let directory = opendir(path) else { return }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name == "." || name == ".." { continue }
      if unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
    }
    closedir(directory)
    rmdir(path)
  }
}
