import JSON
import SwiftDockTestSupport
import Testing

@testable import DockerEngine

/// Whole builds by Engines from 23 to 29, from the first question to the last record, as their sources have them:
/// versions by moby's `daemon/config`, steps by BuildKit's `exporter/containerimage` and moby's `exporter/mobyexporter`.
struct LaterEngineTests {
  struct Version: CustomTestStringConvertible {
    let server: String
    let api: String
    let minimum: String
    var usesContainerdStore = false
    /// The version that is spoken.
    let spoken: String
    let builder: Builder

    var testDescription: String { server + (usesContainerdStore ? " with containerd's images" : "") }
  }

  static let versions = [
    Version(server: "23.0.6", api: "1.42", minimum: "1.12", spoken: "1.42", builder: .buildKit),
    Version(server: "24.0.9", api: "1.43", minimum: "1.12", spoken: "1.43", builder: .buildKit),
    Version(server: "25.0.5", api: "1.44", minimum: "1.24", spoken: "1.44", builder: .buildKit),
    Version(server: "26.1.4", api: "1.45", minimum: "1.24", spoken: "1.44", builder: .buildKit),
    Version(
      server: "27.5.1", api: "1.47", minimum: "1.24", usesContainerdStore: true, spoken: "1.44", builder: .classic),
    Version(server: "28.5.2", api: "1.51", minimum: "1.24", spoken: "1.44", builder: .buildKit),
    Version(
      server: "29.0.0", api: "1.52", minimum: "1.44", usesContainerdStore: true, spoken: "1.44", builder: .buildKit),
    Version(
      server: "29.4.0", api: "1.54", minimum: "1.40", usesContainerdStore: true, spoken: "1.44", builder: .buildKit),
  ]

  private static let image = "sha256:" + String(repeating: "0a", count: 32)
  private static let other = "sha256:" + String(repeating: "0b", count: 32)

  private func engine(_ version: Version) throws -> FakeEngine {
    let engine = try FakeEngine()
    for method in ["HEAD", "GET"] {
      engine.on("\(method) /_ping") {
        try $0.respond(fields: [
          ("Api-Version", version.api), ("Server", "Docker/\(version.server) (linux)"), ("Builder-Version", "2"),
          ("Swarm", "inactive"),
        ])
      }
    }
    engine.on("GET /version") {
      try $0.respond(json: [
        "Version": .string(version.server), "ApiVersion": .string(version.api),
        "MinAPIVersion": .string(version.minimum),
      ])
    }
    engine.on("GET /info") {
      let driver: JSONValue =
        version.usesContainerdStore
        ? [["driver-type", "io.containerd.snapshotter.v1"]] : [["Backing Filesystem", "extfs"]]
      try $0.respond(json: [
        "ID": "I", "DriverStatus": driver, "OSType": "linux", "Architecture": "x86_64",
        "DockerRootDir": "/var/lib/docker",
      ])
    }
    return engine
  }

  private func build(_ client: EngineClient, _ builder: Builder) throws -> (outcome: BuildOutcome, texts: [String]) {
    let log = EventLog()
    let outcome = try client.build(
      BuildOptions(builder: builder, buildID: "b1"), bodySize: 3, interrupt: Interrupt(), onEvents: log.add
    ) { sink in
      try Array("tar".utf8).withUnsafeBytes { try sink($0) }
    }
    return (outcome, log.all.texts)
  }

  /// What the exporter says of its work.
  private static func exports(_ usesContainerdStore: Bool) -> [String] {
    let naming = "naming to docker.io/library/x:latest"
    guard usesContainerdStore else { return ["exporting layers", "writing image \(image)", naming] }
    return [
      "exporting layers", "exporting manifest \(other)", "exporting config \(other)",
      "exporting attestation manifest \(other)", "exporting manifest list \(image)", naming,
      "unpacking to docker.io/library/x:latest",
    ]
  }

  private static func script(_ engine: FakeEngine, buildKit version: Version) {
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      let pull = FakeEngineTrace().vertex("p", "[build 1/2] FROM docker.io/library/alpine@\(other)", started: 1)
      try exchange.trace(pull.status(other, of: "p", current: 5, total: 10))
      try exchange.trace(
        pull.status(other, of: "p", current: 10, total: 10, completed: 2)
          .vertex("p", "[build 1/2] FROM docker.io/library/alpine@\(other)", started: 1, completed: 2))
      let run = ("r", "[build 2/2] RUN make")
      try exchange.trace(
        FakeEngineTrace().vertex(run.0, run.1, started: 2).log(run.0, "made\n")
          .warning(run.0, short: "JSONArgsRecommended: JSON arguments recommended for CMD (line 3)", lines: 3...3))
      try exchange.trace(FakeEngineTrace().vertex(run.0, run.1, started: 2, completed: 4))
      var export = FakeEngineTrace().vertex("e", "exporting to image", started: 4)
      for text in exports(version.usesContainerdStore) { export = export.status(text, of: "e", completed: 5) }
      try exchange.trace(export.vertex("e", "exporting to image", started: 4, completed: 5))
      try exchange.record(["id": "moby.image.id", "aux": ["ID": .string(image)]])
      try exchange.endChunked()
    }
  }

  private static func script(classic engine: FakeEngine) {
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      for text in [
        "Step 1/2 : FROM alpine", "\n", " ---> 0b0b0b0b0b0b\n", "Step 2/2 : RUN make", "\n",
        " ---> Running in 0c0c0c0c0c0c\n", "made\n", " ---> Removed intermediate container 0c0c0c0c0c0c\n",
        " ---> 0a0a0a0a0a0a\n",
      ] { try exchange.record(["stream": .string(text)]) }
      try exchange.record(["aux": ["ID": .string(image)]])
      try exchange.record(["stream": "Successfully built 0a0a0a0a0a0a\n"])
      try exchange.endChunked()
    }
  }

  @Test(arguments: versions) func buildIsReadFromItsFirstStepToItsImage(version: Version) throws {
    let engine = try engine(version)
    let client = try EngineClient.negotiate(socketPath: engine.socketPath)
    #expect("\(client.identity.apiVersion)" == version.spoken)
    #expect(client.identity.usesContainerdStore == version.usesContainerdStore)
    #expect(client.identity.automaticBuilder.builder == version.builder)
    switch version.builder {
    case .buildKit:
      Self.script(engine, buildKit: version)
      let (outcome, texts) = try build(client, .buildKit)
      #expect(outcome == .succeeded(imageID: Self.image))
      #expect(
        texts.filter { !$0.hasPrefix("progress ") } == [
          "1 started 1/2 [build 1/2] FROM docker.io/library/alpine@\(Self.other)",
          "1 done 1/2 [build 1/2] FROM docker.io/library/alpine@\(Self.other)",
          "2 started 2/2 [build 2/2] RUN make", "2 out| made",
          "warning JSONArgsRecommended: JSON arguments recommended for CMD (line 3) @3-3",
          "2 done 2/2 [build 2/2] RUN make",
          "3 started exporting to image", "3 done exporting to image",
        ])
      #expect(texts.contains { $0.hasSuffix(" 5/10 bytes") })
    case .classic:
      Self.script(classic: engine)
      let (outcome, texts) = try build(client, .classic)
      #expect(outcome == .succeeded(imageID: Self.image))
      #expect(
        texts == [
          "1 started 1/2 FROM alpine", "1 con|  ---> 0b0b0b0b0b0b", "1 done 1/2 FROM alpine", "2 started 2/2 RUN make",
          "2 con|  ---> Running in 0c0c0c0c0c0c", "2 out| made",
          "2 con|  ---> Removed intermediate container 0c0c0c0c0c0c", "2 con|  ---> 0a0a0a0a0a0a",
          "2 done 2/2 RUN make", "- con| Successfully built 0a0a0a0a0a0a",
        ])
    }
    #expect(engine.requests.contains { $0.target.hasPrefix("/v\(version.spoken)/build?") })
    #expect(engine.failures == [])
  }

  @Test(arguments: versions) func failedCommandHasItsStatus(version: Version) throws {
    let engine = try engine(version)
    let client = try EngineClient.negotiate(socketPath: engine.socketPath)
    let words = "process \"/bin/sh -c make\" did not complete successfully: exit code: 2"
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      let name = "[build 2/2] RUN make"
      try exchange.trace(FakeEngineTrace().vertex("r", name, started: 2).log("r", "no rule\n", stream: 2))
      try exchange.trace(FakeEngineTrace().vertex("r", name, started: 2, completed: 3, error: words))
      let error = "failed to solve: " + words
      try exchange.record(["errorDetail": ["message": .string(error)], "error": .string(error)])
      try exchange.endChunked()
    }
    guard case .failed(let failure) = try build(client, .buildKit).outcome else {
      Issue.record("it has not failed")
      return
    }
    #expect(failure.kind == .step)
    #expect(failure.exitCode == 2)
    #expect(failure.stepId == "1")
    #expect(failure.message == words)
    #expect(failure.lastLines == ["no rule"])
  }
}
