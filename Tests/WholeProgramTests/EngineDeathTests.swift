import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// An Engine that ends or stops while both builders run a step, and what the broker does when it is back.
  @Suite(.enabled(if: Setting.isRoot, "needs root")) struct EngineDeathTests {
    private struct Running {
      let client: RunningProgram
      let visit: StepGate.Visit
    }

    /// A build with each builder, in its step.
    private func start(_ broker: BrokerProcess, _ gate: StepGate) throws -> [Running] {
      try BuilderName.allCases.map { builder in
        let tree = try ContextTree(steps: "RUN echo be''gun; \(gate.command)")
        let client = try broker.startBuild(tree, "--builder", builder.rawValue)
        let visit = try gate.visit()
        try client.wait(for: "begun", in: .errors)
        return Running(client: client, visit: visit)
      }
    }

    private func expectLost(_ client: RunningProgram) throws {
      let end = try FinishedBuild(client)
      #expect(end.exit == .code(69))
      #expect(end.state == "failed")
      #expect(end.errorCode == 1507, "\(end.build)")
      #expect(end.errorDetail?["outcome"] == "unknown")
      // Docker 20.10 says 137 of a classic step that it has ended itself.
      #expect(end.errorDetail?["exitCode"] == nil)
      #expect(end.imageID == nil)
    }

    /// With both builders, by the same broker.
    private func expectBuilds(_ broker: BrokerProcess) throws {
      for builder in BuilderName.allCases {
        #expect(try broker.build(ContextTree(steps: "RUN true"), "--builder", builder.rawValue).exit == .code(0))
      }
    }

    @Test(arguments: [SIGKILL, SIGTERM])
    func engineThatEndsTakesItsBuildsWithItAndTheNextOneBuilds(signal: Int32) throws {
      let gate = try StepGate()
      let engine = try OwnEngine()
      let broker = try BrokerProcess(engine: engine.endpoint)
      defer { broker.stop() }
      let running = try start(broker, gate)
      engine.signal(signal)
      for build in running { try expectLost(build.client) }
      try broker.program.wait(for: "engine is down", in: .errors)
      #expect(try broker.build(ContextTree(steps: "RUN true")).errorCode == 1501)
      for build in running { build.visit.release() }
      try engine.startAgain()
      try eventually("the Engine is back") { try broker.call("broker.status").at("engine", "state") == "up" }
      try expectBuilds(broker)
      let docker = try Docker(engine: engine.endpoint)
      try eventually("no container is left") { try docker.output("ps", "--all", "--quiet") == "" }
    }

    /// A registry that never answers to the route, and what opens when it is asked.
    private func registry(silentAt route: String) throws -> (FakeRegistry, asked: FakeEngineGate) {
      let registry = try FakeRegistry()
      let asked = try FakeEngineGate()
      registry.on(route) { exchange in
        asked.open()
        try exchange.rest()
      }
      return (registry, asked)
    }

    @Test(arguments: [SIGKILL, SIGTERM]) func engineThatEndsWhileItPullsHasBuiltNothing(signal: Int32) throws {
      let (registry, asked) = try registry(silentAt: "/v2/base/manifests/*")
      let engine = try OwnEngine()
      let broker = try BrokerProcess(engine: engine.endpoint)
      defer { broker.stop() }
      let tree = try ContextTree(dockerfile: "FROM \(registry.host)/base:1\nRUN true\n")
      let client = try broker.startBuild(tree)
      try asked.wait()
      engine.signal(signal)
      let end = try FinishedBuild(client)
      #expect(end.exit == .code(69))
      #expect(end.errorCode == 1507, "\(end.build)")
      #expect(end.errorDetail?["outcome"] == "failed")
      #expect(end.imageID == nil)
    }

    /// The image is there, and stays what the build has made.
    @Test(arguments: [SIGKILL, SIGTERM]) func engineThatEndsWhileItPushesLeavesTheTagUnknown(signal: Int32) throws {
      let (registry, asked) = try registry(silentAt: "POST /v2/app/blobs/uploads/")
      let engine = try OwnEngine()
      let broker = try BrokerProcess(engine: engine.endpoint)
      defer { broker.stop() }
      let tree = try ContextTree(steps: "RUN true")
      let client = try broker.startBuild(tree, "--push", "-t", "\(registry.host)/app:1")
      try asked.wait()
      engine.signal(signal)
      let end = try FinishedBuild(client)
      #expect(end.errorCode == 1509, "\(end.build)")
      #expect(end.state == "failed")
      #expect(end.exit == .code(1))
      let tag = end.build.at("result", "tags")?.arrayValue?.first
      #expect(tag?.at("error", "code") == 1507, "\(end.build)")
      #expect(tag?.at("error", "data", "detail", "outcome") == "unknown")
      #expect(end.imageID != nil)
    }

    @Test func engineThatStopsForSomeSecondsKeepsItsBuilds() throws {
      let gate = try StepGate()
      let engine = try OwnEngine()
      let broker = try BrokerProcess(engine: engine.endpoint)
      defer { broker.stop() }
      let running = try start(broker, gate)
      engine.signal(SIGSTOP)
      // Long enough for one question without an answer: it is asked after five seconds, for three.
      usleep(9_000_000)
      engine.signal(SIGCONT)
      for build in running { build.visit.release() }
      for build in running {
        let end = try FinishedBuild(build.client)
        #expect(end.exit == .code(0), "\(end.build)")
      }
    }

    @Test func engineThatStaysStoppedLosesItsBuildsAndEndsThemWhenItGoesOn() throws {
      let gate = try StepGate()
      let engine = try OwnEngine()
      let broker = try BrokerProcess(engine: engine.endpoint)
      defer { broker.stop() }
      let running = try start(broker, gate)
      engine.signal(SIGSTOP)
      defer { engine.signal(SIGCONT) }
      for build in running { try expectLost(build.client) }
      // Nobody waits for long who comes now.
      let start = ContinuousClock.now
      #expect(try broker.build(ContextTree(steps: "RUN true")).errorCode == 1501)
      #expect(ContinuousClock.now - start < .seconds(15))
      engine.signal(SIGCONT)
      for build in running { try build.visit.waitForEnd() }
      try eventually("the Engine is back") { try broker.call("broker.status").at("engine", "state") == "up" }
      try expectBuilds(broker)
      let docker = try Docker(engine: engine.endpoint)
      try eventually("no container is left") { try docker.output("ps", "--all", "--quiet") == "" }
    }
  }
}
