import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Registries that do not give what a Dockerfile names, as a real Engine tells of them.
  struct RegistryTroubleTests {
    struct Answer: Sendable, CustomTestStringConvertible {
      let status: Int
      var body = "{}"
      var fields: [(String, String)] = []
      let code: Int64
      let name: String
      let exit: Int32

      var testDescription: String { "\(status) \(body)" }

      static func error(
        _ status: Int, _ text: String, _ code: Int64, _ name: String, exit: Int32 = 1,
        fields: [(String, String)] = []
      ) -> Answer {
        let body: JSONValue = ["errors": [["code": .string(text), "message": .string("because \(text)")]]]
        return Answer(
          status: status, body: String(decoding: JSONWriter.bytes(of: body), as: UTF8.self), fields: fields, code: code,
          name: name, exit: exit)
      }
    }

    static let answers: [Answer] = [
      .error(
        401, "UNAUTHORIZED", 1504, "RegistryAuthRequired",
        fields: [("Www-Authenticate", #"Basic realm="somewhere""#)]),
      // The Engine words this as "repository does not exist or may require 'docker login'".
      .error(403, "DENIED", 1505, "ImageNotFound"), .error(404, "MANIFEST_UNKNOWN", 1505, "ImageNotFound"),
      .error(429, "TOOMANYREQUESTS", 1508, "RegistryUnavailable", exit: 75),
      Answer(status: 503, body: "<html>", code: 1508, name: "RegistryUnavailable", exit: 75),
    ]

    @Test(arguments: BuilderName.allCases)
    func refusalsHaveTheirErrors(builder: BuilderName) throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      for answer in Self.answers {
        let registry = try FakeRegistry()
        registry.on("/v2/base/manifests/*") { exchange in
          try exchange.respond(
            status: answer.status, fields: answer.fields + [("Connection", "close")], body: Array(answer.body.utf8))
        }
        let image = "\(registry.host)/base:1"
        let tree = try ContextTree(dockerfile: "FROM \(image)\nRUN true\n")
        let end = try broker.build(tree, "--builder", builder.rawValue)
        #expect(end.errorCode == answer.code, "\(answer): \(end.log)")
        #expect(end.errorName == answer.name, "\(answer): \(end.log)")
        #expect(end.errorDetail?["image"] == .string(image))
        #expect(end.errorDetail?["server"] == .string(registry.host))
        #expect(end.errorDetail?["loginGiven"] == (answer.code == 1504 ? false : nil))
        #expect(end.exit == .code(answer.exit), "\(answer)")
      }
    }

    @Test func registryThatClosesItsConnectionsIsUnavailable() throws {
      let registry = try FakeRegistry()
      for route in ["/v2/", "/v2/*"] { registry.on(route) { $0.close() } }
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let end = try broker.build(try ContextTree(dockerfile: "FROM \(registry.host)/base:1\n"))
      #expect(end.errorName == "RegistryUnavailable", "\(end.log)")
    }

    /// The Engine gives up a first question after 15 seconds, and asks in another way then.
    @Test func waitForARegistryThatIsSilentEndsWithTheBuild() throws {
      let registry = try FakeRegistry()
      for route in ["/v2/", "/v2/*"] { registry.on(route) { try $0.waitForDisconnect() } }
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let tree = try ContextTree(dockerfile: "FROM \(registry.host)/base:1\n")
      let end = try broker.build(tree, "--timeout", "1s")
      #expect(end.errorCode == 1204, "\(end.log)")
      #expect(end.log.contains("[internal] pull \(registry.host)/base:1"))
    }
  }
}
