import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// SIGTERM, and SIGINT from a terminal.
  @Suite struct ShutdownTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func drainsRunningBuildsAndTakesNoNewOnes(signal: Int32) throws {
      let gate = try StepGate()
      let tree = try ContextTree(steps: "RUN \(gate.command)")
      let broker = try BrokerProcess()
      let client = try broker.startBuild(tree)
      let visit = try gate.visit()
      let session = try WireSession(broker.socket)
      // Connects first, then listens: a client gets through that comes when the broker takes no connections any more.
      let late = broker.place("late.sock")
      let relay = try RunningProgram(["socat", "UNIX-CONNECT:\(broker.socket)", "UNIX-LISTEN:\(late),mode=600"])
      try eventually("three connections") { try session.call("broker.status")["connections"] == 3 }
      try eventually("the relay listens") { HostFiles.exists(late) }
      broker.program.signal(signal)
      try broker.program.wait(for: "draining", in: .errors)
      #expect(try session.call("broker.status")["draining"] == true)
      let refused = try broker.control("build", "--socket", late, tree.path)
      #expect(refused.exit == .code(75))
      #expect(refused.errors.contains("shutting down"))
      try relay.finish()
      let answer = try session.answer(to: session.request("build", ["context": .string(tree.path)]))
      #expect(answer.at("error", "code") == 1005)
      #expect(answer.at("error", "data", "retryable") == true)
      #expect(!HostFiles.exists(broker.socket))
      #expect(try broker.control("build", tree.path).exit == .code(69))
      visit.release()
      #expect(try FinishedBuild(client).exit == .code(0))
      #expect(try session.next() == nil)
      broker.stop()
    }

    @Test func aSecondSignalCancelsWhatStillRuns() throws {
      let gate = try StepGate()
      let tree = try ContextTree(steps: "RUN \(gate.command)")
      let broker = try BrokerProcess()
      let client = try broker.startBuild(tree)
      let visit = try gate.visit()
      broker.program.signal(SIGTERM)
      try broker.program.wait(for: "draining", in: .errors)
      broker.program.signal(SIGTERM)
      let end = try FinishedBuild(client)
      #expect(end.exit == .code(130))
      #expect(end.errorDetail?["by"] == "shutdown")
      #expect(!visit.isThere)
      broker.stop()
    }

    @Test(arguments: BuilderName.allCases)
    func aBrokerThatIsKilledTakesItsBuildsWithIt(builder: BuilderName) throws {
      let gate = try StepGate()
      let tree = try ContextTree(steps: "RUN \(gate.command)")
      let broker = try BrokerProcess()
      let client = try broker.start(["build", "--json", "--builder", builder.rawValue, tree.path])
      let visit = try gate.visit()
      broker.program.signal(SIGKILL)
      let end = try client.finish()
      #expect(end.exit == .code(69))
      #expect(end.output == "")
      #expect(end.errors.hasSuffix("See whether it runs with: swiftdock-ctl status\n"))
      // The Engine ends what nobody waits for.
      try visit.waitForEnd()
      try broker.program.finish()
      // The next broker begins with nothing of it.
      let next = try BrokerProcess(place: broker.place)
      #expect(try next.builds() == [])
      next.stop()
    }
  }
}
