import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

/// The images that a Dockerfile names, on their way into the Engine.
struct NamedImagesTests {
  private static let id = "sha256:" + String(repeating: "1", count: 64)

  private let fixture: BrokerFixture

  init() throws { fixture = try BrokerFixture() }

  /// What the Engine has of images, and gets by pulling them.
  /// - Parameter triggers: of some of them.
  private func script(pulls: Bool = true, triggers: [String: [String]] = [:], platform: String = "linux/amd64") {
    let images = fixture.images
    let words = platform.split(separator: "/").map(String.init)
    fixture.engine.on("GET /images/*/json") { exchange in
      let name = String(exchange.request.path.dropFirst("/images/".count).dropLast("/json".count))
      guard let id = name.hasPrefix("sha256:") ? name : images[name] else {
        return try exchange.respond(status: 404, json: ["message": "No such image"])
      }
      try exchange.respond(json: [
        "Id": .string(id), "Size": 1, "Os": .string(words[0]), "Architecture": .string(words[1]),
        "Config": ["OnBuild": triggers[name].map { .array($0.map { .string($0) }) } ?? .null],
      ])
    }
    guard pulls else { return }
    fixture.engine.on("POST /images/create") { exchange in
      images[exchange.request.parameter("fromImage") ?? ""] = Self.id
      try exchange.beginChunked()
      try exchange.record(["status": "Downloading", "id": "ab", "progressDetail": ["current": 5, "total": 10]])
      try exchange.record(["status": "Pull complete", "id": "ab", "progressDetail": [:]])
      try exchange.endChunked()
    }
  }

  private var pulled: [String] {
    fixture.engine.requests("POST /images/create").map { $0.parameter("fromImage") ?? "" }
  }

  private func build(_ dockerfile: String, _ more: JSONObject = [:]) throws -> JSONValue {
    var params: JSONObject = ["context": .string(try fixture.context(["Dockerfile": dockerfile, "a": "a"]))]
    for member in more.members { params[member.name] = member.value }
    return try fixture.build(params)
  }

  // MARK: Triggers

  @Test(arguments: ["buildkit", "classic"])
  func imagesThatTriggersNameArePulledWithThoseTheyBelongTo(builder: String) throws {
    script(triggers: ["base": ["COPY --from=tool /x /x", "RUN y"]])
    let dockerfile = "FROM base\nCOPY a /\n"
    #expect(try build(dockerfile, ["builder": .string(builder)])["error"]?.code != 1505)
    #expect(pulled == ["base", "tool"])
    // Both are there by now.
    _ = try build(dockerfile, ["builder": .string(builder)])
    #expect(pulled == ["base", "tool"])
    fixture.images["tool"] = nil
    _ = try build(dockerfile, ["builder": .string(builder)])
    #expect(pulled == ["base", "tool", "tool"])
    _ = try build(dockerfile, ["builder": .string(builder), "pull": true])
    #expect(pulled.suffix(2) == ["base", "tool"])
  }

  @Test func triggerThatNeedsASessionIsRefusedBeforeAndAfterItsImageIsPulled() throws {
    script(triggers: ["base": ["RUN --mount=type=secret,id=s x"]])
    for _ in 0..<2 {
      let error = try #require(try build("FROM scratch AS a\nFROM base\nCOPY a /\n")["error"])
      #expect(error.code == 1208, "\(error)")
      #expect(error.detail["line"] == 2)
    }
    #expect(pulled == ["base"])
    #expect(fixture.engine.builds.isEmpty)
  }

  // MARK: Platforms

  @Test func imageOfAnotherPlatformIsPulledWhereTheBuilderWouldPassOverIt() throws {
    fixture.images["base"] = Self.id
    script(platform: "linux/arm64")
    _ = try build("FROM base\n", ["builder": "classic"])
    #expect(pulled == [])
    _ = try build("FROM base\n", ["platform": "linux/aarch64"])
    #expect(pulled == [])
    _ = try build("FROM base\n")
    _ = try build("FROM --platform=amd64 base\n", ["builder": "classic"])
    #expect(pulled == ["base", "base"])
    #expect(fixture.engine.requests("POST /images/create").map { $0.parameter("platform") } == [nil, "amd64"])
  }

  // MARK: Progress

  @Test func progressOfAPullIsToldInBytes() throws {
    script()
    let transcript = try fixture.connect().only(
      "build",
      [
        "context": .string(try fixture.context(["Dockerfile": "FROM base\nCOPY a /\n", "a": "a"])), "events": true,
        "progress": true,
      ])
    transcript.expectWholeLog()
    let items = transcript.messages.filter { $0.method == "build.progress" }
      .flatMap { $0.params["items"]?.arrayValue ?? [] }
    let item = try #require(items.last { $0.text("itemId") == "1/ab" }, "\(items)")
    #expect(item.text("unit") == "bytes")
    #expect(item["total"] == 10)
  }

  // MARK: Registries

  static let refusals: [(text: String, hasLogin: Bool, code: Int64, name: String, loginGiven: JSONValue?)] = [
    ("Get \"https://r.example/v2/\": no basic auth credentials", false, 1504, "RegistryAuthRequired", false),
    ("unauthorized: authentication required", true, 1504, "RegistryAuthRequired", true),
    ("denied: requested access to the resource is denied", false, 1504, "RegistryAuthRequired", false),
    (
      "pull access denied for r.example/base, repository does not exist or may require 'docker login': denied",
      false, 1505, "ImageNotFound", nil
    ),
    ("toomanyrequests: slow down", false, 1508, "RegistryUnavailable", nil),
    ("Get \"https://r.example/v2/\": net/http: TLS handshake timeout", false, 1508, "RegistryUnavailable", nil),
    (
      "Get \"https://r.example/v2/\": x509: certificate signed by unknown authority", true, 1508, "RegistryRefused", nil
    ),
  ]

  @Test(arguments: 0..<refusals.count) func registryThatDoesNotGiveAnImageIsNamed(index: Int) throws {
    let row = Self.refusals[index]
    script(pulls: false)
    fixture.engine.on("POST /images/create") { try $0.respond(status: 500, json: ["message": .string(row.text)]) }
    let login: JSONValue = ["server": "r.example", "username": "u", "password": "p"]
    let error = try #require(
      try build("FROM r.example/base\n", ["registryAuth": .array(row.hasLogin ? [login] : [])])["error"])
    #expect(error.code == row.code)
    #expect(error["data"]?.text("name") == row.name)
    #expect(error.detail["image"] == "r.example/base")
    #expect(error.detail["server"] == "r.example")
    #expect(error.detail["loginGiven"] == row.loginGiven)
    #expect(error["data"]?["retryable"] == .bool(row.name == "RegistryUnavailable"))
    let asksForLogin = error["data"]?.text("hint").contains("login") ?? false
    #expect(asksForLogin == (row.code == 1504 || row.code == 1505 || row.text.hasPrefix("toomany")))
  }

  @Test(arguments: [("biuld", "Did you mean the stage build?"), ("r.example/biuld", nil), ("alpine", nil)])
  func imageThatMayBeAMistypedStageIsTakenForOne(image: String, hint: String?) throws {
    script(pulls: false)
    fixture.engine.on("POST /images/create") { exchange in
      try exchange.respond(status: 404, json: ["message": "pull access denied for x, repository does not exist"])
    }
    let error = try #require(
      try build("FROM scratch AS build\nCOPY a /\nFROM build\nCOPY --from=\(image) /a /b\n")["error"])
    #expect(error.code == 1505)
    let said = error["data"]?.text("hint") ?? ""
    #expect(said.hasPrefix("Did you mean") == (hint != nil))
    if let hint { #expect(said == hint) }
  }

  // MARK: Platform

  /// The caches of the classic builder and of Podman do not tell platforms apart in what is built from nothing.
  @Test(arguments: [("linux/arm64", true), ("linux/amd64", false), (nil, false)] as [(String?, Bool)])
  func imageOfAnotherPlatformThanAskedForIsNoResult(platform: String?, isRefused: Bool) throws {
    script()
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.record(["stream": "Step 1/1 : FROM scratch\n"])
      try exchange.record(["aux": ["ID": .string(BrokerFixture.imageID)]])
      try exchange.record(["stream": "Successfully built abababababab\n"])
      try exchange.endChunked()
    }
    var options: JSONObject = ["builder": "classic"]
    if let platform { options["platform"] = .string(platform) }
    let build = try build("FROM scratch\nCOPY a /\n", options)
    #expect(build["state"] == (isRefused ? "failed" : "succeeded"), "\(build)")
    guard isRefused else { return }
    #expect(build["error"]?.code == 1208)
    #expect(build["error"]?.detail["feature"] == "platform")
    #expect(
      build["error"]?.text("message")
        == "The builder's cache gave an image for linux/amd64 where linux/arm64 was asked for.")
  }

  @Test func imageThatTheBuilderItselfDoesNotGetIsNamed() throws {
    fixture.images["r.example/base"] = Self.id
    script()
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      let said = "r.example/base: failed to authorize: no active sessions"
      try exchange.trace(
        FakeEngineTrace().vertex(
          "a", "[internal] load metadata for r.example/base", started: 1, completed: 2, error: said))
      try exchange.record(["errorDetail": ["message": .string("failed to solve: " + said)]])
      try exchange.endChunked()
    }
    let error = try #require(try build("FROM r.example/base\n")["error"])
    #expect(error.code == 1504)
    #expect(error.detail["image"] == "r.example/base")
    #expect(error.detail["server"] == "r.example")
    #expect(error.detail["loginGiven"] == false)
    #expect(error["data"]?.text("hint").hasPrefix("BuildKit asked the registry itself") == true)
  }
}
