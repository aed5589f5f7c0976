import JSON
import SwiftDockTestSupport
import Testing

@testable import DockerEngine

struct PushImageTests {
  private let engine: FakeEngine

  init() throws { engine = try FakeEngine() }

  private func answer(_ records: String...) {
    engine.on("POST /images/*/push") { exchange in
      try exchange.beginChunked()
      for record in records { try exchange.chunk(record + "\r\n") }
      try exchange.endChunked()
    }
  }

  private func push(onEvents: @escaping ([BuildEvent]) -> Void = { _ in }) throws(EngineError) -> PushedImage {
    try engine.client().pushImage("127.0.0.1:5000/lib/app", tag: "x", onEvents: onEvents)
  }

  /// As Docker 20.10 words it.
  @Test func pushNamesOneTagAndCountsTheBytesOfEachLayer() throws {
    answer(
      #"{"status":"The push refers to repository [127.0.0.1:5000/lib/app]"}"#,
      #"{"status":"Preparing","progressDetail":{},"id":"2c5200c5e9d8"}"#,
      #"{"status":"Preparing","progressDetail":{},"id":"138f59d03a9c"}"#,
      #"{"status":"Pushing","progressDetail":{"current":33792,"total":1982256},"progress":"x","id":"138f59d03a9c"}"#,
      #"{"status":"Retrying in 5 seconds","progressDetail":{},"id":"138f59d03a9c"}"#,
      #"{"status":"Pushing","progressDetail":{"current":1984512,"total":1982256},"progress":"x","id":"138f59d03a9c"}"#,
      #"{"status":"Layer already exists","progressDetail":{},"id":"2c5200c5e9d8"}"#,
      #"{"status":"Pushed","progressDetail":{},"id":"138f59d03a9c"}"#,
      #"{"status":"x: digest: sha256:80f4 size: 735"}"#,
      #"{"progressDetail":{},"aux":{"Tag":"x","Digest":"sha256:80f4","Size":735}}"#)
    let log = EventLog()
    let auth = RegistryAuth(serverAddress: "127.0.0.1:5000", username: "u", password: "p")
    let pushed = try engine.client().pushImage("127.0.0.1:5000/lib/app", tag: "x", auth: auth, onEvents: log.add)
    #expect(pushed.digest == "sha256:80f4")
    #expect(
      log.all.texts == [
        "- con| The push refers to repository [127.0.0.1:5000/lib/app]",
        "progress 2c5200c5e9d8 2c5200c5e9d8 Preparing 0/1 items",
        "progress 138f59d03a9c 138f59d03a9c Preparing 0/1 items",
        "progress 138f59d03a9c 138f59d03a9c Pushing 33792/1982256 bytes",
        "progress 138f59d03a9c 138f59d03a9c Retrying in 5 seconds 0/1982256 bytes",
        "progress 138f59d03a9c 138f59d03a9c Pushing 1982256/1982256 bytes",
        "progress 2c5200c5e9d8 2c5200c5e9d8 Layer already exists 1/1 items",
        "progress 138f59d03a9c 138f59d03a9c Pushed 1982256/1982256 bytes",
        "- con| x: digest: sha256:80f4 size: 735",
      ])
    #expect(engine.requests.map(\.target) == ["/v1.41/images/127.0.0.1:5000/lib/app/push?tag=x"])
    #expect(engine.requests[0].field("X-Registry-Auth") == RegistryAuth.fieldValue(auth))
  }

  @Test func pushWithoutALoginSaysSo() throws {
    answer(#"{"status":"x: digest: sha256:1 size: 2"}"#)
    _ = try push()
    #expect(engine.requests[0].field("X-Registry-Auth") == "e30=")
  }

  @Test(
    arguments: [
      ([#"{"status":"x: digest: sha256:1 size: 2"}"#], "sha256:1"),
      ([#"{"aux":{"Tag":"x","Digest":"sha256:1","Size":2}}"#], "sha256:1"),
      // Image stores in containerd: other objects, none of them with the digest.
      ([#"{"aux":{"manifestPushedInsteadOfIndex":true}}"#, #"{"status":"x: digest: sha256:1 size: 2"}"#], "sha256:1"),
      ([#"{"status":"y: digest: sha256:1 size: 2"}"#, #"{"aux":{"Tag":"y","Digest":"sha256:1","Size":2}}"#], nil),
      ([#"{"status":"x: digest: "}"#], nil), ([#"{"aux":{"Tag":"x"}}"#], nil), ([], nil),
    ] as [([String], String?)])
  func digestIsThatOfTheTag(records: [String], digest: String?) throws {
    engine.on("POST /images/*/push") { exchange in
      try exchange.beginChunked()
      for record in records { try exchange.chunk(record + "\r\n") }
      try exchange.endChunked()
    }
    #expect(try push().digest == digest)
  }

  @Test(arguments: [
    ("no basic auth credentials", FailureKind.authRequired), ("received unexpected HTTP status: 503 x", .registry),
    ("unexpected EOF", .registry), ("tag invalid: immutable", .registryRefused),
    ("An image does not exist locally with the tag: a", .imageNotFound),
    ("write /x: no space left on device", .diskFull), ("what nobody has seen", .engine),
  ])
  func pushFailsInTheStream(message: String, kind: FailureKind) throws {
    answer(
      #"{"status":"x: digest: sha256:1 size: 2"}"#,
      #"{"errorDetail":{"message":"\#(message)"},"error":"\#(message)"}"#)
    #expect(throws: EngineError.pushFailed(kind: kind, message: message)) { try push() }
  }

  @Test(arguments: [
    (404, "image not known here", FailureKind.imageNotFound), (500, "unauthorized: no", .authRequired),
    (500, "what nobody has seen", .engine), (400, "invalid tag format", .option),
  ])
  func pushFailsByStatus(status: Int, message: String, kind: FailureKind) throws {
    engine.on("POST /images/*/push") { try $0.respond(status: status, json: ["message": .string(message)]) }
    #expect(throws: EngineError.pushFailed(kind: kind, message: message)) { try push() }
  }

  @Test func brokenStreamsAreNoPush() throws {
    engine.on("POST /images/*/push") { exchange in
      try exchange.beginChunked()
      try exchange.chunk("{\"status\":\"x: digest: sha256:1 size: 2\"}\r\n")
      exchange.close()
    }
    #expect(throws: EngineError.lost) { try push() }
    answer("nonsense")
    #expect {
      try push()
    } throws: { error in
      if case EngineError.protocolViolation(.json) = error { true } else { false }
    }
  }

  @Test func interruptEndsAPush() throws {
    let interrupt = try Interrupt()
    engine.on("POST /images/*/push") { exchange in
      try exchange.beginChunked()
      interrupt.fire()
      try exchange.waitForDisconnect()
    }
    #expect(throws: EngineError.interrupted) {
      try engine.client().pushImage("a", tag: "x", interrupt: interrupt)
    }
    #expect(engine.failures == [])
  }

  @Test func memoryOfLayersIsBounded() {
    var progress = LayerProgress()
    for layer in 0..<1_000 {
      _ = progress.measured(StatusRecord(id: "\(layer)", status: "Pushing", current: 1, total: 5))
    }
    func end(_ layer: Int) -> StatusRecord { StatusRecord(id: "\(layer)", status: "Pushed") }
    #expect(progress.measured(end(255)).current == 5)
    #expect(progress.measured(end(256)) == end(256))
  }
}
