import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

/// Names of images for an Engine that keeps them in containerd, and asks registries before it looks at them.
struct PinnedDockerfileTests {
  private static let id = "sha256:" + String(repeating: "1", count: 64)

  private let engine: FakeEngine
  private let fixture: BrokerFixture

  init() throws {
    engine = try FakeEngine()
    engine.on("GET /info") { exchange in
      try exchange.respond(json: [
        "ID": "A", "Driver": "overlayfs", "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]],
        "OSType": "linux", "Architecture": "x86_64", "DockerRootDir": "/var/lib/docker", "ServerVersion": "29.0.0",
      ])
    }
    engine.on("GET /version") { exchange in
      try exchange.respond(json: ["Version": "29.0.0", "ApiVersion": "1.52", "MinAPIVersion": "1.24"])
    }
    fixture = try BrokerFixture(engine: engine)
    engine.script(images: fixture.images)
    engine.on("POST /build") { exchange in
      try exchange.readBody(keeping: true)
      try exchange.beginChunked()
      try exchange.buildOneStep()
      try exchange.endWithImage()
    }
    fixture.images["base"] = Self.id
  }

  /// The Dockerfile that the Engine was told to use, by tar.
  private func sent(_ dockerfile: String, _ more: JSONObject = [:]) throws -> (
    name: String, text: String, names: [String]
  ) {
    var params: JSONObject = ["context": .string(try fixture.context(["Dockerfile": dockerfile, "a": "a"]))]
    for member in more.members { params[member.name] = member.value }
    _ = try fixture.build(params)
    let request = try #require(engine.builds.last)
    let place = try TestDirectory()
    let archive = try place.write("context.tar", request.body ?? [])
    let name = request.parameter("dockerfile") ?? ""
    return (
      name, try RunningProgram.output(of: ["tar", "-xOf", archive, name]),
      try RunningProgram.output(of: ["tar", "-tf", archive]).split(separator: "\n").map(String.init)
    )
  }

  @Test func namesAreSentWithTheDigestsOfWhatTheEngineHas() throws {
    let sent = try sent("FROM base\nCOPY a /\n")
    #expect(sent.text == "FROM base@\(Self.id)\nCOPY a /\n")
    #expect(sent.name.hasPrefix(".dockerfile."))
    #expect(sent.names == [sent.name, "Dockerfile", "a"])
  }

  @Test(arguments: ["COPY . /", "COPY / /", "COPY .d* /", "COPY $X /", "ADD [\".\", \"/\"]", "COPY a/../ /"])
  func fileThatAnInstructionCouldTakeIsNotSent(instruction: String) throws {
    let sent = try sent("FROM base\n\(instruction)\n")
    #expect(sent.name == "Dockerfile")
    #expect(sent.names == ["Dockerfile", "a"])
  }

  @Test func builderThatTakesWhatTheEngineHasGetsTheDockerfileAsItIs() throws {
    #expect(try sent("FROM base\nCOPY a /\n", ["builder": "classic"]).name == "Dockerfile")
    #expect(try sent("FROM scratch\nCOPY a /\n").name == "Dockerfile")
    fixture.images["base@\(Self.id)"] = Self.id
    #expect(try sent("FROM base@\(Self.id)\nCOPY a /\n").name == "Dockerfile")
  }
}
