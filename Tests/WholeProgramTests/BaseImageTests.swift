import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Images that a Dockerfile names and the Engine lacks.
  @Suite(.enabled(if: Registry.isInstalled && Docker.isInstalled, "needs docker-registry and docker's client"))
  struct BaseImageTests {
    private func tree(from image: String) throws -> ContextTree {
      let tree = try ContextTree(dockerfile: "FROM \(image)\nRUN echo wo''rd is $(cat /word)\n")
      return tree
    }

    @Test(arguments: BuilderName.allCases)
    func isPulledWhereItIsMissingAndAgainWhereThatIsAsked(builder: BuilderName) throws {
      let registry = try Registry()
      let image = "\(registry.host)/base:1"
      try registry.push("base:1", word: "old-\(registry.host)")
      let tree = try tree(from: image)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let first = try broker.build(tree, "--builder", builder.rawValue)
      #expect(first.exit == .code(0), "\(first.log)")
      #expect(first.log.contains("[internal] pull \(image)\n"))
      #expect(first.log.contains("Pull complete") || first.log.contains("Already exists"), "\(first.log)")
      #expect(first.log.contains("word is old-"))

      // The Engine has it now, and is content with it.
      let docker = try Docker()
      try docker.output("tag", image, "\(image)-old")
      try registry.push("base:1", word: "new-\(registry.host)")
      try docker.output("tag", "\(image)-old", image)
      let second = try broker.build(tree, "--builder", builder.rawValue)
      #expect(!second.log.contains("[internal] pull"))
      #expect(second.log.contains("CACHED") || second.log.contains("word is old-"))

      let third = try broker.build(tree, "--builder", builder.rawValue, "--pull")
      #expect(third.exit == .code(0), "\(third.log)")
      #expect(third.log.contains("[internal] pull \(image)\n"))
      #expect(third.log.contains("word is new-"))
      try docker.output("rmi", "--no-prune", "--force", image, "\(image)-old")
    }

    @Test(arguments: BuilderName.allCases)
    func aPrivateOneNeedsTheCallersLogin(builder: BuilderName) throws {
      let registry = try Registry(needsLogin: true)
      let image = "\(registry.host)/private:1"
      try registry.push("private:1", word: "private")
      let tree = try tree(from: image)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      func build(password: String?) throws -> (json: JSONValue, log: String) {
        var params: JSONObject = [
          "context": .string(tree.path), "builder": .string(builder.rawValue), "wait": true, "events": true,
        ]
        if let password {
          params["registryAuth"] = [
            ["server": .string(registry.host), "username": .string(Registry.user), "password": .string(password)]
          ]
        }
        let text = String(decoding: JSONWriter.bytes(of: .object(params)), as: UTF8.self)
        let end = try broker.control("rpc", "build", text)
        return (try JSONValue.lines(end.output).last ?? .null, end.output)
      }
      for password in [nil, "wrong"] {
        let refused = try build(password: password).json
        #expect(refused["state"] == "failed")
        #expect(refused.at("error", "code") == 1504)
        #expect(refused.at("error", "data", "detail", "server") == .string(registry.host))
        #expect(refused.at("error", "data", "detail", "image") == .string(image))
      }
      let built = try build(password: Registry.password)
      #expect(built.json["state"] == "succeeded", "\(built.log)")
      #expect(!built.log.contains(Registry.password))
      #expect(!broker.program.errors.contains(Registry.password))
      try Docker().output("rmi", "--no-prune", "--force", image)
    }

    @Test(arguments: BuilderName.allCases)
    func oneThatDoesNotExistIsNamed(builder: BuilderName) throws {
      let registry = try Registry()
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let image = "\(registry.host)/absent:1"
      let absent = try broker.build(tree(from: image), "--builder", builder.rawValue)
      #expect(absent.exit == .code(1))
      #expect(absent.errorCode == 1505, "\(absent.log)")
      #expect(absent.errorDetail?["image"] == .string(image))
      // A port that nobody listens on.
      let nowhere = try broker.build(tree(from: "127.0.0.1:1/absent:1"), "--builder", builder.rawValue)
      #expect(nowhere.exit == .code(75))
      #expect(nowhere.errorName == "RegistryUnavailable", "\(nowhere.log)")
    }

    /// An image whose triggers need another one: both come from the registry, and the triggers run.
    /// BuildKit 0.8 looks for the files of such a trigger in the context.
    @Test func imagesThatTriggersNameArePulled() throws {
      let builder = BuilderName.classic
      let registry = try Registry()
      let (base, tool) = ("\(registry.host)/base:1", "\(registry.host)/tool:1")
      let (word, docker) = ("tool-\(registry.host)", try Docker())
      try registry.push("tool:1", word: word)
      let made = try ContextTree(steps: "ONBUILD COPY --from=\(tool) /word /of-tool\nONBUILD RUN echo trigger-ran")
      try docker.output("build", "--tag", base, made.path)
      try docker.output("push", base)
      try docker.output("rmi", "--no-prune", "--force", base)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let tree = try ContextTree(dockerfile: "FROM \(base) AS x\nRUN echo word is $(cat /of-tool)\n")
      let end = try broker.build(tree, "--builder", builder.rawValue)
      #expect(end.exit == .code(0), "\(end.log)")
      for image in [base, tool] { #expect(end.log.contains("[internal] pull \(image)\n"), "\(image)") }
      #expect(end.log.contains("trigger-ran"))
      #expect(end.log.contains("word is \(word)"))
      #expect(try broker.build(tree, "--builder", builder.rawValue).log.contains("[internal] pull") == false)
      try docker.output("rmi", "--no-prune", "--force", base, tool)
    }
  }
}
