import EventLoop
import Glibc
import JSON
import SwiftDockProtocol
import SwiftDockTestSupport
import Testing

@testable import Broker

/// How the bytes of a vector are cut into writes.
enum WritePattern: CaseIterable, CustomTestStringConvertible {
  case asGiven, byteByByte, glued

  /// Whether it makes a difference: what is repeated to be large is written as it is, and once is enough.
  func isFor(_ vector: Vector) -> Bool { self == .asGiven || !vector.isLarge }

  var testDescription: String {
    switch self {
    case .asGiven: "as given"
    case .byteByByte: "byte by byte"
    case .glued: "glued"
    }
  }
}

/// Plays one vector against a broker of its own.
final class VectorPlayer {
  /// Longer writes than this are made by another thread, since the broker may want its answers read first.
  private static let writtenHere = 32 << 10
  private static let pause = Duration.milliseconds(2)

  private let vector: Vector
  private let pattern: WritePattern
  private let engine: FakeEngine
  private let fixture: BrokerFixture
  private let gate: FakeGate?
  private var connections: [String: WireClient] = [:]
  private var names = VectorNames()

  init(_ vector: Vector, _ pattern: WritePattern) throws {
    self.vector = vector
    self.pattern = pattern
    engine = try FakeEngine()
    engine.script(images: FakeImages())
    // Before the broker asks which Engine this is.
    if let routes = vector.engine.objectValue { engine.script(routes: routes) }
    fixture = try BrokerFixture(engine: engine) { settings in
      for setting in vector.broker.members {
        let value = Int(setting.value.integerValue ?? 0)
        switch setting.name {
        case "maxBuilds": settings.maxBuilds = value
        case "queuedBuilds": settings.limits.queuedBuilds = value
        case "connections": settings.limits.connections = value
        case "rememberedBuilds": settings.rememberedBuilds = value
        default: Issue.record("\(vector.testDescription): no setting \(setting.name)")
        }
      }
    }
    gate = vector.engine == "held" ? try FakeGate(fixture) : nil
    if vector.engine == "stopped" { engine.stop() }
    for (name, files) in vector.contexts { names[name] = try fixture.context(files) }
  }

  deinit { engine.stop() }

  func play() throws {
    for (index, step) in vector.steps.enumerated() {
      switch step {
      case .send(let pieces, let name): try send(pieces, on: name)
      case .expect(let patterns, let inOrder, let among, let name):
        if vector.framing == .http {
          try expectHTTP(patterns, on: name)
        } else {
          try expect(patterns, inOrder: inOrder, among: among, on: name, step: index)
        }
      case .log(let subscription, let from, let events, let end, let name):
        try expectLog(names.replaced(in: subscription), from: from, events, end, on: name)
      case .hangUp(let name): connections.removeValue(forKey: name)?.close()
      case .releaseEngine: gate?.open()
      case .drainBroker:
        _ = try fixture.shutDown()
        _ = try fixture.inside { _ in 0 }
      }
    }
    try expectNoMore()
    gate?.open()
  }

  private func connection(_ name: String) throws -> WireClient {
    if let connection = connections[name] { return connection }
    let connection = try fixture.connect(vector.framing == .header ? .header : .line)
    connections[name] = connection
    return connection
  }

  // MARK: Out

  private func send(_ pieces: [Vector.Piece], on name: String) throws {
    let connection = try connection(name)
    do {
      var glued: [UInt8] = []
      for piece in pieces {
        switch piece {
        case .pause where pattern == .asGiven:
          // Time for the broker to have read what was written; it says nothing that tells.
          _ = try fixture.inside { _ in 0 }
          usleep(useconds_t(Self.pause / .microseconds(1)))
        case .pause: break
        case .end:
          try write(glued, on: connection)
          glued = []
          connection.endInput()
        case .bytes, .text, .repeated:
          let bytes = try piece.bytes(names) ?? []
          switch pattern {
          case .glued: glued += bytes
          case .byteByByte where !piece.isRepeated: for byte in bytes { try connection.send(raw: [byte]) }
          case .asGiven, .byteByByte: try write(bytes, on: connection)
          }
        }
      }
      try write(glued, on: connection)
    } catch let error as WireClient.Closed {
      // The broker need not hear out what it has refused already.
      guard vector.closes else { throw error }
    }
  }

  private func write(_ bytes: [UInt8], on connection: WireClient) throws {
    guard bytes.count > Self.writtenHere else { return try connection.send(raw: bytes) }
    try WriterThread(connection, bytes).join()
  }

  // MARK: In

  private func next(_ connection: WireClient) throws -> (JSONValue, text: [UInt8]) {
    let text = try connection.nextFrame()
    let message = try JSONParser.parse(text)
    if let fault = VectorRules.fault(in: message) { Issue.record("\(fault): \(message)") }
    return (message, text)
  }

  private func expect(
    _ patterns: [JSONValue], inOrder: Bool, among: [JSONValue], on name: String, step: Int
  ) throws {
    let connection = try connection(name)
    var due = patterns
    while !due.isEmpty {
      let (message, text) = try next(connection)
      var mismatches: [String] = []
      let index = try due.indices.prefix(inOrder ? 1 : due.count).first { index in
        let why = try mismatch(due[index], message, text)
        if let why { mismatches.append(why) }
        return why == nil
      }
      if let index {
        due.remove(at: index)
      } else {
        let isLetPass = try among.contains { try VectorPattern.mismatch($0, message, &names) == nil }
        try #require(isLetPass, "step \(step): \(mismatches.joined(separator: "; "))")
      }
    }
  }

  /// A pattern for a whole message may be about its bytes.
  private func mismatch(_ pattern: JSONValue, _ message: JSONValue, _ text: [UInt8]) throws -> String? {
    let shown = String(decoding: text.prefix(400), as: UTF8.self)
    if let exact = pattern["$exactly"]?.stringValue {
      return text.elementsEqual(exact.utf8) ? nil : "the text \(shown)"
    }
    if let start = pattern["$begins"]?.stringValue { return text.starts(with: start.utf8) ? nil : "the text \(shown)" }
    return try VectorPattern.mismatch(pattern, message, &names)
  }

  private func expectHTTP(_ patterns: [JSONValue], on name: String) throws {
    let text = String(decoding: try connection(name).readBytesToEnd(), as: UTF8.self)
    for pattern in patterns {
      let why = try VectorPattern.mismatch(pattern, .string(text), &names)
      #expect(why == nil)
    }
  }

  /// Reads up to the `logs.end` of the subscription: events with all of their numbers, changes of the build's state, and
  /// nothing else.
  private func expectLog(
    _ subscription: String, from: Int64, _ patterns: [JSONValue], _ end: JSONValue, on name: String
  ) throws {
    let connection = try connection(name)
    var events: [JSONValue] = []
    while true {
      let (message, _) = try next(connection)
      try #require(message.params.text("subscriptionId") == subscription, "\(message)")
      if message.method == "logs.event" {
        events += message.params["events"]?.arrayValue ?? []
      } else if message.method == "logs.end" {
        #expect(message.params.number("nextSeq") == from + Int64(events.count))
        let why = try VectorPattern.mismatch(end, message.params, &names)
        #expect(why == nil)
        break
      } else {
        try #require(message.method == "build.state", "\(message)")
      }
    }
    #expect(events.map { $0.number("seq") } == events.indices.map { from + Int64($0) })
    let why = try VectorPattern.mismatch(.array(patterns), .array(events), &names)
    #expect(why == nil)
  }

  /// Nothing was said that the vector does not know of; the connection has ended as it says, or is alive.
  private func expectNoMore() throws {
    let connection = try connection("")
    if vector.framing == .http { return }
    if vector.closes {
      let more = try connection.readToEnd()
      #expect(more == [], "more than the vector says")
    } else {
      let (answer, before) = try connection.answer(to: try connection.request("broker.ping"))
      #expect(before == [], "more than the vector says")
      #expect(answer["result"] != nil)
    }
  }
}

extension FakeEngine {
  /// Routes with one answer each: `{status, json}`, or the records of a stream that ends, or is cut.
  fileprivate func script(routes: JSONObject) {
    for route in routes.members {
      let answer = route.value
      on(route.name) { exchange in
        try exchange.readBody()
        guard let records = answer["records"]?.arrayValue else {
          return try exchange.respond(status: Int(answer.number("status")), json: answer["json"] ?? .null)
        }
        try exchange.beginChunked()
        for record in records { try exchange.record(record) }
        if answer["cut"] == true { exchange.close() } else { try exchange.endChunked() }
      }
    }
  }
}
