import JSON
import SwiftDockTestSupport
import Synchronization

@testable import Broker

/// The images that the scripted Engine has.
final class FakeImages: Sendable {
  private let ids = Mutex<[String: String]>([:])

  subscript(name: String) -> String? {
    get { ids.withLock { $0[name] } }
    set { ids.withLock { $0[name] = newValue } }
  }
}

extension FakeEngine {
  func script(images: FakeImages) {
    on("GET /events") { exchange in
      try exchange.beginChunked()
      try exchange.rest()
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
