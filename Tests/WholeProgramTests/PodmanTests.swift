import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Podman's service in the place of Docker's Engine, and what it does in its own way.
  @Suite(.enabled(if: Setting.podman != nil, "SWIFTDOCK_TEST_PODMAN is not set; sh Tests/run.sh sets it as root"))
  struct PodmanTests {
    private let broker: BrokerProcess
    private let docker: Docker

    init() throws {
      let engine = try #require(Setting.podman)
      broker = try BrokerProcess(engine: engine)
      docker = try Docker(engine: engine)
    }

    private func containers() throws -> String { try docker.output("ps", "--all", "--quiet") }

    @Test func buildGivesATaggedImageAndTheSameOneAgain() throws {
      defer { broker.stop() }
      let tree = try ContextTree(steps: "RUN echo built >/file\nLABEL kind=trial")
      let end = try broker.build(tree, "--tag", "localhost/podman-trial:{context:12}")
      #expect(end.exit == .code(0), "\(end.log)")
      let image = try #require(end.imageID)
      let name = try #require(end.build.at("result", "tags")?.arrayValue?.first?["tag"]?.stringValue)
      let shown = try docker.output("image", "inspect", "--format", "{{.Id}} {{.Config.Labels.kind}}", name)
      #expect(shown == "\(image) trial")
      #expect(try broker.build(tree).imageID == image)
      #expect(try containers() == "")
      try docker.output("rmi", name)
    }

    @Test func failedStepHasItsStatusAndItsLines() throws {
      defer { broker.stop() }
      let end = try broker.build(ContextTree(steps: "RUN echo last words; \\\n  exit 7"))
      #expect(end.exit == .code(1))
      #expect(end.errorName == "BuildFailed")
      #expect(end.errorDetail?["exitCode"] == 7)
      #expect(end.errorDetail?["lastLines"] == ["last words"])
      let found = try #require(end.errorDetail?["diagnostics"]?.arrayValue?.first)
      #expect(found["code"] == "commandFailed")
      #expect(found.at("range", "start", "line") == 3)
      #expect(found.at("range", "end", "line") == 5)
      #expect(try containers() == "")
    }

    @Test func instructionThatItDoesNotKnowHasItsPlace() throws {
      defer { broker.stop() }
      let end = try broker.build(ContextTree(steps: "BOGUS now"))
      #expect(end.errorName == "DockerfileInvalid")
      #expect(end.errorDetail?["diagnostics"]?.arrayValue?.first?.at("range", "start", "line") == 3)
      #expect(end.errorDetail?["lastLines"] == nil)
    }

    /// Its service of the tests keeps no events, so that the end of their stream says nothing.
    @Test func serviceWithoutEventsStaysUp() throws {
      defer { broker.stop() }
      #expect(try broker.build(ContextTree(steps: "RUN sleep 2")).exit == .code(0))
      #expect(!broker.program.errors.contains("engine is down"))
    }

    @Test(arguments: ["kept.log", "k*.log"]) func sourceThatAnIgnoreLineKeepsOutIsExplained(source: String) throws {
      defer { broker.stop() }
      let tree = try ContextTree(steps: "COPY \(source) /")
      try tree.directory.write("kept.log", "")
      try tree.directory.write(".dockerignore", "# logs\n*.log\n")
      let end = try broker.build(tree)
      #expect(end.errorName == "BuildFailed")
      #expect(end.errorDetail?["removedBy"] == ["path": ".dockerignore", "line": 2, "pattern": "*.log"])
    }

    struct Mistake: CustomTestStringConvertible {
      let testDescription: String
      var steps = "RUN true"
      var options: [String] = []
      let code: Int64
      /// Of its detail.
      var feature: JSONValue?
      let message: String
      var exit: Int32 = 1
    }

    static let mistakes = [
      Mistake(
        testDescription: "instruction", steps: "BOGUS now", code: 1206, message: "Unknown instruction: \"BOGUS\""),
      Mistake(testDescription: "target", options: ["--target", "nowhere"], code: 1206, message: "nowhere"),
      Mistake(
        testDescription: "heredoc", steps: "RUN <<E\ntrue\nE", code: 1208, feature: "heredoc", message: "needs BuildKit"
      ),
      Mistake(
        testDescription: "BuildKit", options: ["--builder", "buildkit"], code: 1208, feature: "builder=buildkit",
        message: "Buildah"),
      Mistake(
        testDescription: "cacheFrom", options: ["--cache-from", "r.example/cache"], code: 1208, feature: "cacheFrom",
        message: "Podman"),
      Mistake(
        testDescription: "extraHosts", options: ["--add-host", "gate:host-gateway"], code: 1208,
        feature: "extraHosts", message: "gate:host-gateway"),
      Mistake(
        testDescription: "answer without text", options: ["--platform", "no platform"], code: 1502,
        message: "status 400"),
      Mistake(
        testDescription: "registry", steps: "FROM 127.0.0.1:1/nothing", code: 1508, message: "connection refused",
        exit: 75),
    ]

    @Test(arguments: mistakes) func mistakeGetsItsOwnError(mistake: Mistake) throws {
      defer { broker.stop() }
      let tree = try ContextTree(steps: mistake.steps)
      let end = try FinishedBuild(broker.start(["build", "--json"] + mistake.options + [tree.path]))
      #expect(end.exit == .code(mistake.exit), "\(end.log)")
      #expect(end.errorCode == mistake.code, "\(end.build)")
      #expect(end.errorDetail?["feature"] == mistake.feature)
      let message = end.error?["message"]?.stringValue ?? ""
      #expect(message.contains(mistake.message), "\(message)")
      #expect(!message.contains("imagebuilder"))
    }

    @Test func hostsAndNetworkReachTheStep() throws {
      defer { broker.stop() }
      let hosts = try broker.build(ContextTree(steps: "RUN cat /etc/hosts"), "--add-host", "nix:10.1.2.3")
      #expect(hosts.log.contains("10.1.2.3"))
      let tree = try ContextTree(steps: "RUN echo lines: $(wc -l </proc/net/dev)")
      // Two lines of headings, and the loopback.
      #expect(try broker.build(tree, "--network", "none").log.contains("lines: 3"))
      let both = try broker.build(tree, "--add-host", "nix:10.1.2.3", "--network", "none")
      #expect(both.errorCode == 1208)
      #expect(both.errorDetail?["feature"] == "extraHosts")
    }

    /// Podman ends its answer, and the step goes on: that is said, and the next build is not held up by it.
    @Test func cancelledBuildSaysThatItsStepMayStillRun() throws {
      defer { broker.stop() }
      let gate = try StepGate()
      let tree = try ContextTree(steps: "RUN echo be''gun; \(gate.command)")
      let client = try broker.startBuild(tree)
      let visit = try gate.visit()
      try client.wait(for: "begun", in: .errors)
      client.signal(SIGINT)
      let end = try FinishedBuild(client)
      #expect(end.exit == .code(130))
      #expect(end.state == "cancelled")
      #expect(end.errorDetail?["mayStillRun"] == true)
      #expect(visit.isThere)
      #expect(try broker.build(ContextTree(steps: "RUN true")).exit == .code(0))
      visit.release()
      try eventually("the step's container is gone") { try containers() == "" }
    }
  }
}
