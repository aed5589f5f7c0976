import Glibc
import JSON
import SwiftDockTestSupport
import Testing

@testable import DockerEngine

struct EndpointTests {
  @Test func negotiationAgreesOnTheLowerVersion() throws {
    let engine = try FakeEngine()
    let client = try EngineClient.negotiate(socketPath: engine.socketPath)
    #expect(
      client.identity
        == EngineIdentity(
          product: .docker, serverVersion: "20.10.24", apiVersion: APIVersion(1, 41), id: "AAAA:BBBB:CCCC:DDDD",
          rootDirectory: "/var/lib/docker", platform: "linux/amd64"))
    #expect(engine.requests.map(\.target) == ["/_ping", "/version", "/v1.41/info"])
    #expect(engine.requests[0].method == "HEAD")
  }

  @Test func newerEngineIsSpokenToInTheNewestKnownVersion() throws {
    let engine = try FakeEngine()
    engine.on("HEAD /_ping") { try $0.respond(fields: [("Api-Version", "1.55"), ("Server", "Docker/29.7.0 (linux)")]) }
    engine.on("GET /version") {
      try $0.respond(json: ["Version": "29.7.0", "ApiVersion": "1.55", "MinAPIVersion": "1.40"])
    }
    engine.on("GET /info") {
      try $0.respond(json: [
        "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]], "OSType": "linux", "Architecture": "aarch64",
      ])
    }
    let client = try EngineClient.negotiate(socketPath: engine.socketPath)
    #expect(client.identity.apiVersion == APIVersion(1, 44))
    #expect(client.identity.serverVersion == "29.7.0")
    #expect(client.identity.usesContainerdStore)
    #expect(client.identity.platform == "linux/arm64")
  }

  @Test func podmanIsKnownByItsFields() throws {
    let engine = try FakeEngine()
    engine.on("HEAD /_ping") {
      try $0.respond(fields: [
        ("Libpod-Api-Version", "4.3.1"), ("Server", "Libpod/4.3.1 (linux)"), ("Builder-Version", ""),
      ])
    }
    #expect(
      try engine.client().ping()
        == EnginePing(product: .podman, serverVersion: "4.3.1", apiVersion: APIVersion(1, 41)))
    let identity = try EngineClient.negotiate(socketPath: engine.socketPath).identity
    #expect(identity.automaticBuilder.builder == .classic)
    // The answer has one, which is another each time.
    #expect(identity.id == "")
  }

  @Test func olderEngineThanCanBeUsedIsRefused() throws {
    let engine = try FakeEngine()
    engine.on("HEAD /_ping") { try $0.respond(fields: [("Api-Version", "1.24")]) }
    #expect(throws: EngineError.versionUnsupported(api: "1.24", minimum: "1.30")) {
      try EngineClient.negotiate(socketPath: engine.socketPath)
    }
  }

  @Test func engineWithoutCommonVersionIsRefused() throws {
    let engine = try FakeEngine()
    engine.on("GET /version") { try $0.respond(json: ["ApiVersion": "1.99", "MinAPIVersion": "1.90"]) }
    #expect(throws: EngineError.versionUnsupported(api: "1.44", minimum: "1.90")) {
      try EngineClient.negotiate(socketPath: engine.socketPath)
    }
  }

  @Test func pingFallsBackToGET() throws {
    let engine = try FakeEngine()
    engine.on("HEAD /_ping") { try $0.respond(status: 405) }
    let ping = try engine.client().ping()
    #expect(ping == EnginePing(product: .docker, serverVersion: "20.10.24", apiVersion: APIVersion(1, 41)))
    #expect(engine.requests.map(\.method) == ["HEAD", "GET"])
  }

  @Test func absentSocketIsUnreachable() throws {
    let engine = try FakeEngine()
    let client = engine.client()
    engine.stop()
    #expect(throws: EngineError.unreachable(socket: engine.socketPath, errno: ENOENT)) { try client.ping() }
  }

  @Test func refusalCarriesStatusAndText() throws {
    let engine = try FakeEngine()
    engine.on("GET /info") { try $0.respond(status: 503, json: ["message": "busy"]) }
    #expect(throws: EngineError.refused(status: 503, message: "busy")) { try engine.client().info() }
    engine.on("GET /info") { try $0.respond(status: 400, body: Array(" plain\n".utf8), type: "text/plain") }
    #expect(throws: EngineError.refused(status: 400, message: "plain")) { try engine.client().info() }
    engine.on("GET /info") { try $0.respond(status: 500, body: [UInt8](repeating: 0x78, count: 1_000_000)) }
    #expect {
      try engine.client().info()
    } throws: { error in
      guard case EngineError.refused(500, let message) = error else { return false }
      return message.utf8.count <= EngineText.limit + 3
    }
  }

  @Test func answerThatBreaksOffIsLost() throws {
    let engine = try FakeEngine()
    engine.on("GET /info") { exchange in
      try exchange.beginChunked()
      try exchange.chunk("{}")
      exchange.close()
    }
    #expect(throws: EngineError.lost) { try engine.client().info() }
    engine.on("GET /info") { $0.close() }
    #expect(throws: EngineError.lost) { try engine.client().info() }
  }

  @Test func answerThatIsNoHTTPOrNoJSONIsAViolation() throws {
    let engine = try FakeEngine()
    engine.on("GET /info") { try $0.send(raw: Array("SSH-2.0-x\r\n\r\n".utf8)) }
    #expect(throws: EngineError.protocolViolation(.http(.malformedStatusLine))) { try engine.client().info() }
    engine.on("GET /info") { try $0.respond(body: Array("{".utf8)) }
    #expect {
      try engine.client().info()
    } throws: { error in
      if case EngineError.protocolViolation(.json) = error { true } else { false }
    }
  }

  @Test func silenceEndsAtTheTimeLimit() throws {
    let engine = try FakeEngine()
    engine.on("GET /info") { try $0.waitForDisconnect() }
    let client = engine.client { $0.answer = .milliseconds(50) }
    #expect(throws: EngineError.timedOut) { try client.info() }
  }

  @Test func interruptEndsAWait() throws {
    let engine = try FakeEngine()
    let interrupt = try Interrupt()
    engine.on("GET /info") { exchange in
      interrupt.fire()
      try exchange.waitForDisconnect()
    }
    #expect(throws: EngineError.interrupted) { try engine.client().info(interrupt: interrupt) }
    #expect(interrupt.isFired)
    #expect(throws: EngineError.interrupted) { try engine.client().ping(interrupt: interrupt) }
    #expect(engine.failures == [])
  }

  @Test func imageIsInspectedByAnyName() throws {
    let engine = try FakeEngine()
    engine.on("GET /images/*/json") { exchange in
      try exchange.respond(json: [
        "Id": "sha256:1", "Size": 5_000_000_000, "RepoDigests": ["r:5000/a@sha256:2"], "RepoTags": ["a:1"],
        "Os": "linux",
        "Architecture": "arm", "Variant": "v7", "Config": ["OnBuild": ["RUN a", "COPY --from=b / /"]],
      ])
    }
    #expect(
      try engine.client().inspectImage("r:5000/a/b:x")
        == ImageSummary(
          id: "sha256:1", sizeBytes: 5_000_000_000, repoDigests: ["r:5000/a@sha256:2"], repoTags: ["a:1"], os: "linux",
          architecture: "arm", variant: "v7", triggers: ["RUN a", "COPY --from=b / /"]))
    #expect(engine.requests[0].target == "/v1.41/images/r:5000/a/b:x/json")
    engine.on("GET /images/*/json") { try $0.respond(status: 404, json: ["message": "No such image"]) }
    #expect(try engine.client().inspectImage("x") == nil)
    engine.on("GET /images/*/json") { try $0.respond(json: [:]) }
    #expect(throws: EngineError.protocolViolation(.unexpected(field: "Id"))) { try engine.client().inspectImage("x") }
  }

  @Test func tagIsGivenToAnImage() throws {
    let engine = try FakeEngine()
    engine.on("POST /images/*/tag") { try $0.respond(status: 201) }
    try engine.client().tagImage("sha256:1", repository: "r:5000/a", tag: "x")
    #expect(engine.requests[0].target == "/v1.41/images/sha256:1/tag?repo=r%3A5000%2Fa&tag=x")
    #expect(engine.requests[0].field("Content-Length") == "0")
  }

  @Test func containersAreInspectedAndRemoved() throws {
    let engine = try FakeEngine()
    engine.on("GET /containers/*/json") { try $0.respond(json: ["Id": "ab", "State": ["Running": true]]) }
    #expect(try engine.client().inspectContainer("ab") == ContainerSummary(id: "ab", isRunning: true))
    engine.on("DELETE /containers/*") { try $0.respond(status: 204) }
    try engine.client().removeContainer("ab", force: true)
    #expect(engine.requests[1].parameter("force") == "1")
    engine.on("DELETE /containers/*") { try $0.respond(status: 404) }
    try engine.client().removeContainer("ab", force: false)
    engine.on("DELETE /containers/*") { try $0.respond(status: 409, json: ["message": "m"]) }
    #expect(throws: EngineError.refused(status: 409, message: "m")) {
      try engine.client().removeContainer("ab", force: false)
    }
  }

  @Test func pullNamesOneTagAndTellsItsProgress() throws {
    let engine = try FakeEngine()
    engine.on("POST /images/create") { exchange in
      try exchange.beginChunked()
      try exchange.record(["status": "Pulling from library/alpine", "id": "latest"])
      try exchange.record(["status": "Downloading", "progressDetail": ["current": 3, "total": 9], "id": "ab"])
      try exchange.record(["status": "Download complete", "progressDetail": [:], "id": "ab"])
      // With an image store in containerd.
      try exchange.record(["status": "Extracting", "progressDetail": ["current": 2, "units": "s"], "id": "ab"])
      try exchange.record(["status": "Pull complete", "progressDetail": [:], "id": "ab"])
      try exchange.record(["status": "Digest: sha256:5"])
      try exchange.endChunked()
    }
    let log = EventLog()
    let auth = RegistryAuth(serverAddress: "r", username: "u", password: "p")
    #expect(
      try engine.client().createImage("alpine", platform: "linux/arm64", auth: auth, onEvents: log.add).digest
        == "sha256:5")
    #expect(
      log.all.texts == [
        "- con| latest: Pulling from library/alpine", "progress ab ab Downloading 3/9 bytes",
        "progress ab ab Download complete 9/9 bytes", "progress ab ab Extracting 9/9 bytes",
        "progress ab ab Pull complete 9/9 bytes", "- con| Digest: sha256:5",
      ])
    #expect(engine.requests[0].target == "/v1.41/images/create?fromImage=alpine&tag=latest&platform=linux%2Farm64")
    #expect(engine.requests[0].field("X-Registry-Auth") == RegistryAuth.fieldValue(auth))
    _ = try engine.client().createImage("r:5000/a:x@sha256:9")
    #expect(engine.requests[1].parameter("fromImage") == "r:5000/a")
    #expect(engine.requests[1].parameter("tag") == "sha256:9")
    #expect(engine.requests[1].field("X-Registry-Auth") == "e30=")
  }

  @Test func pullFailsByStatusOrInTheStream() throws {
    let engine = try FakeEngine()
    let missing = "manifest for alpine:nope not found: manifest unknown: manifest unknown"
    engine.on("POST /images/create") { try $0.respond(status: 404, json: ["message": .string(missing)]) }
    #expect(throws: EngineError.pullFailed(kind: .imageNotFound, message: missing)) {
      try engine.client().createImage("alpine:nope")
    }
    engine.on("POST /images/create") { exchange in
      try exchange.beginChunked()
      try exchange.record(["errorDetail": ["message": "unauthorized: no"], "error": "unauthorized: no"])
      try exchange.endChunked()
    }
    #expect(throws: EngineError.pullFailed(kind: .authRequired, message: "unauthorized: no")) {
      try engine.client().createImage("alpine")
    }
  }

  @Test func silentPullEndsWhenTheEngineAnswersNoPing() throws {
    let engine = try FakeEngine()
    engine.on("POST /images/create") { exchange in
      try exchange.beginChunked()
      exchange.freezeEngine()
      try exchange.waitForDisconnect()
    }
    let client = engine.client {
      $0.probe = .milliseconds(20)
      $0.ping = .milliseconds(50)
    }
    #expect(throws: EngineError.timedOut) { try client.createImage("alpine") }
    engine.thaw()
  }
}
