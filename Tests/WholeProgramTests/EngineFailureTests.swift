import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Engines that are not there, go away, or have no room.
  @Suite struct EngineFailureTests {
    @Test func withoutAnEngineBuildsFailUntilThereIsOne() throws {
      let tree = try ContextTree(steps: "RUN true")
      let place = try TestDirectory()
      let endpoint = "unix://" + place("engine.sock")
      let broker = try BrokerProcess(engine: endpoint, readyWhen: "engine is down")
      defer { broker.stop() }
      let end = try broker.build(tree)
      #expect(end.exit == .code(69))
      #expect(end.errorCode == 1501)
      #expect(end.errorDetail?["errno"] == "ENOENT")
      #expect(end.errorDetail?["endpoint"] == .string(endpoint))
      #expect(try broker.call("broker.status").at("engine", "state") == "down")

      let relay = try RunningProgram([
        "socat", "UNIX-LISTEN:\(place("engine.sock")),fork,mode=600",
        "UNIX-CONNECT:" + Setting.engine.dropFirst("unix://".count),
      ])
      defer { relay.signal(SIGTERM) }
      try broker.program.wait(for: "engine is up", in: .errors)
      #expect(try broker.build(tree).exit == .code(0))
    }

    @Test(.enabled(if: Setting.isRoot, "needs root"), arguments: BuilderName.allCases)
    func anEngineThatIsKilledDuringTheUploadIsLost(builder: BuilderName) throws {
      let tree = try ContextTree(dockerfile: "FROM scratch\nCOPY large /\n")
      // Takes much longer to send than it takes to notice that it is being sent.
      try tree.directory.writeSparse("large", bytes: 1 << 30)
      let engine = try OwnEngine()
      let broker = try BrokerProcess(engine: engine.endpoint)
      defer { broker.stop() }
      let client = try broker.startBuild(tree, "--builder", builder.rawValue)
      try broker.program.wait(for: "execution made", in: .errors)
      engine.signal(SIGKILL)
      let end = try FinishedBuild(client)
      #expect(end.exit == .code(69))
      #expect([1501, 1507].contains(end.errorCode), "\(end.log)")
      if end.errorCode == 1507 { #expect(end.errorDetail?["outcome"] == "failed") }
    }

    @Test(.enabled(if: Setting.isRoot, "needs root"), arguments: BuilderName.allCases)
    func anEngineWithoutRoomSaysSo(builder: BuilderName) throws {
      let tree = try ContextTree(dockerfile: "FROM scratch\nCOPY large /\n")
      try tree.directory.writeSparse("large", bytes: 64 << 20)
      let engine = try OwnEngine(dataLimit: 32)
      let broker = try BrokerProcess(engine: engine.endpoint)
      defer { broker.stop() }
      let end = try broker.build(tree, "--builder", builder.rawValue)
      #expect(end.exit == .code(1))
      #expect(end.errorCode == 1506, "\(end.log)")
      #expect(end.errorName == "EngineDiskFull")
      // The classic builder has given back what it could not use; BuildKit takes its time.
      try tree.directory.writeSparse("large", bytes: 1 << 10)
      if builder == .classic { #expect(try broker.build(tree, "--builder", builder.rawValue).exit == .code(0)) }
      #expect(try broker.call("broker.ping")["timeMs"] != nil)
    }
  }
}
