import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Names by content, pushed to a registry, with the logins of docker's own configuration.
  @Suite(.enabled(if: Registry.isInstalled && Docker.isInstalled, "needs docker-registry and docker's client"))
  struct PushTests {
    /// A directory to be `DOCKER_CONFIG`, with a login for the registry or none.
    private func settings(loginFor registry: Registry?) throws -> TestDirectory {
      let place = try TestDirectory()
      let login: JSONObject = ["auth": .string("dXNlcjpzZWNyZXQ=")]
      let config: JSONObject = ["auths": .object(registry.map { [$0.host: .object(login)] } ?? [:])]
      try place.write("config.json", JSONWriter.bytes(of: .object(config)))
      return place
    }

    private func control(
      _ broker: BrokerProcess, _ settings: TestDirectory, _ arguments: String...
    ) throws -> (end: RunningProgram.Result, json: JSONValue) {
      let end = try RunningProgram.run(
        [Setting.control] + arguments,
        environment: ["SWIFTDOCK_SOCKET": broker.socket, "DOCKER_CONFIG": settings.path, "HOME": settings.path])
      return (end, try JSONValue.lines(end.output).last ?? .null)
    }

    @Test(arguments: BuilderName.allCases)
    func anImageNamedByItsContentIsPushedWithTheCallersLogin(builder: BuilderName) throws {
      let registry = try Registry(needsLogin: true)
      try registry.push("base:1", word: "private")
      let tree = try ContextTree(dockerfile: "FROM \(registry.host)/base:1\nRUN cat /word\n")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let settings = try settings(loginFor: registry)
      // The base image needs the login, too.
      let (end, build) = try control(
        broker, settings, "build", "--json", "--push", "--builder", builder.rawValue, "-t",
        "\(registry.host)/app:{context:6}", tree.path)
      #expect(end.exit == .code(0), "\(end.errors)")
      let digits = build["contextDigest"]?.stringValue?.dropFirst("sha256:".count).prefix(6) ?? ""
      let tag = build.at("result", "tags")?.arrayValue?.first
      #expect(tag?["tag"] == .string("\(registry.host)/app:\(digits)"))
      #expect(tag?["pushed"] == true)
      #expect(!(end.errors + end.output + broker.program.errors).contains(Registry.password))

      let name = try #require(tag?["tag"]?.stringValue)
      let pushed = try control(broker, settings, "push", "--json", build["buildId"]?.stringValue ?? "")
      #expect(pushed.end.exit == .code(0), "\(pushed.end.errors)")
      #expect(pushed.json["tags"]?.arrayValue?.first?["digest"] == tag?["digest"])

      // Somebody who has no login is refused, and keeps the image.
      let nobody = try self.settings(loginFor: nil)
      let refused = try control(broker, nobody, "push", "--json", build["buildId"]?.stringValue ?? "")
      #expect(refused.end.exit == .code(1))
      #expect(refused.json["tags"]?.arrayValue?.first?.at("error", "code") == 1504)
      let docker = try Docker()
      #expect(
        try docker.output("image", "inspect", "--format", "{{.Id}}", name) == build.at("result", "imageId")?.stringValue
      )
      try docker.output("rmi", "--no-prune", "--force", name, "\(registry.host)/base:1")
    }

    @Test func aRegistryThatIsNotThereFailsItsTagAndNoOther() throws {
      let registry = try Registry()
      let tree = try ContextTree(steps: "RUN true")
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let (end, build) = try control(
        broker, try settings(loginFor: nil), "build", "--json", "--push", "-t", "\(registry.host)/app:1", "-t",
        "127.0.0.1:1/app:1", tree.path)
      #expect(end.exit == .code(1))
      #expect(build.at("error", "code") == 1509)
      let tags = build.at("result", "tags")?.arrayValue ?? []
      #expect(tags.map { $0["pushed"] } == [true, false])
      #expect(tags.last?.at("error", "code") == 1508)
      try Docker().output("rmi", "--no-prune", "--force", "\(registry.host)/app:1", "127.0.0.1:1/app:1")
    }
  }
}
