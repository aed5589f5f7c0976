import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Builds that somebody no longer wants.
  @Suite struct CancellationTests {
    /// A tree whose step says `begun` and waits.
    private func tree(_ gate: StepGate) throws -> ContextTree {
      try ContextTree(steps: "RUN echo be''gun; \(gate.command)")
    }

    @Test(arguments: BuilderName.allCases)
    func interruptOfOneOfTwoLeavesTheOther(builder: BuilderName) throws {
      let gate = try StepGate()
      let tree = try tree(gate)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let first = try broker.startBuild(tree, "--builder", builder.rawValue)
      let visit = try gate.visit()
      let second = try broker.startBuild(tree, "--builder", builder.rawValue)
      try second.wait(for: "begun", in: .errors)
      // The one that everything began with.
      first.signal(SIGINT)
      let left = try FinishedBuild(first)
      #expect(left.exit == .code(130))
      #expect(left.state == "cancelled")
      #expect(left.errorName == "BuildCancelled")
      #expect(left.errorDetail?["by"] == "owner")
      #expect(left.log.contains("it goes on for 1 other."))
      #expect(visit.isThere)
      visit.release()
      let stayed = try FinishedBuild(second)
      #expect(stayed.exit == .code(0))
      #expect(stayed.executionID == left.executionID)
    }

    @Test(arguments: BuilderName.allCases)
    func interruptOfTheLastEndsTheStepAndLeavesNoContainer(builder: BuilderName) throws {
      let gate = try StepGate()
      let tree = try tree(gate)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let client = try broker.startBuild(tree, "--builder", builder.rawValue)
      let visit = try gate.visit()
      try client.wait(for: "begun", in: .errors)
      client.signal(SIGINT)
      let end = try FinishedBuild(client)
      #expect(end.exit == .code(130))
      #expect(end.state == "cancelled")
      #expect(end.errorDetail?["mayStillRun"] == nil)
      // Said only once it is true.
      #expect(!visit.isThere)
      #expect(try Docker().containers(namedIn: end.log) == [])
      // The same tree is built anew, not joined to what was stopped.
      let again = try broker.startBuild(tree, "--builder", builder.rawValue)
      try gate.visit().release()
      let second = try FinishedBuild(again)
      #expect(second.exit == .code(0))
      #expect(second.executionID != end.executionID)
    }

    @Test func aSecondInterruptLeavesAtOnce() throws {
      let gate = try StepGate()
      let tree = try tree(gate)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let client = try broker.start(["build", tree.path])
      let visit = try gate.visit()
      try client.wait(for: "begun", in: .errors)
      // A broker that cannot answer.
      broker.program.signal(SIGSTOP)
      defer { broker.program.signal(SIGCONT) }
      client.signal(SIGINT)
      // Taken, since it is no longer pending.
      try eventually("the signal is taken") { try pendingSignals(of: client.pid) == 0 }
      client.signal(SIGINT)
      #expect(try client.finish(within: .seconds(10)).exit == .code(130))
      broker.program.signal(SIGCONT)
      try visit.waitForEnd()
    }

    /// `ShdPnd` of proc(5).
    private func pendingSignals(of pid: Int32) throws -> UInt64? {
      let line = try HostFiles.text(of: "/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("ShdPnd:") }
      return line.flatMap { UInt64($0.split(separator: "\t")[1], radix: 16) }
    }

    @Test func aClientThatIsKilledTakesItsBuildWithItAfterTheGraceTime() throws {
      let gate = try StepGate()
      let tree = try tree(gate)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let params = #"{"context":"\#(tree.path)","wait":true,"graceMs":300,"builder":"buildkit"}"#
      let client = try broker.start(["rpc", "build", params])
      let visit = try gate.visit()
      client.signal(SIGKILL)
      #expect(try client.finish().exit == .signal(SIGKILL))
      try visit.waitForEnd()
      let id = try #require(broker.builds().first?["buildId"])
      let build = try broker.call("build.wait", ["buildId": id])
      #expect(build["state"] == "cancelled")
      #expect(build.at("error", "data", "detail", "by") == "disconnect")
    }

    @Test func aBuildThatIsToBeKeptGoesOnWithoutItsClient() throws {
      let gate = try StepGate()
      let tree = try tree(gate)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let params = #"{"context":"\#(tree.path)","wait":true,"graceMs":0,"onDisconnect":"keep"}"#
      let client = try broker.start(["rpc", "build", params])
      let visit = try gate.visit()
      client.signal(SIGKILL)
      try client.finish()
      // The broker has seen the end of that connection when it counts only this one.
      let session = try WireSession(broker.socket)
      try eventually("one connection") { try session.call("broker.status")["connections"] == 1 }
      #expect(visit.isThere)
      visit.release()
      let id = try #require(broker.builds().first?["buildId"]?.stringValue)
      let waited = try broker.control("wait", id)
      #expect(waited.exit == .code(0))
      #expect(waited.output.hasPrefix("sha256:"))
      // Whoever comes afterwards still gets the log from its first line.
      let log = try broker.control("logs", id)
      #expect(log.exit == .code(0))
      #expect(log.output.contains("begun"))
    }

    @Test func theVerbCancelEndsABuildAndItsClient() throws {
      let gate = try StepGate()
      let tree = try tree(gate)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let client = try broker.startBuild(tree)
      let visit = try gate.visit()
      let id = try #require(broker.builds().first?["buildId"]?.stringValue)
      let cancel = try broker.control("cancel", "--json", String(id.prefix(8)))
      #expect(cancel.exit == .code(0))
      #expect(
        try JSONValue.parsing(cancel.output) == ["buildId": .string(id), "outcome": "stopping", "participantsLeft": 0])
      #expect(try FinishedBuild(client).exit == .code(130))
      #expect(!visit.isThere)
      let again = try broker.control("cancel", "--json", "latest")
      #expect(try JSONValue.parsing(again.output)["outcome"] == "alreadyFinished")
      #expect(try broker.control("wait", id).exit == .code(130))
      #expect(try broker.control("cancel", "ffff").exit == .code(1))
    }

    @Test func aCancelledRequestCancelsTheBuildThatItWaitsFor() throws {
      let gate = try StepGate()
      let tree = try tree(gate)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let session = try WireSession(broker.socket)
      let request = try session.request("build", ["context": .string(tree.path), "wait": true])
      let accepted = try session.notification("build.accepted")
      let visit = try gate.visit()
      try session.send("{\"jsonrpc\":\"2.0\",\"method\":\"$/cancelRequest\",\"params\":{\"id\":\(request)}}\n")
      #expect(try session.answer(to: request).at("error", "code") == -32800)
      try visit.waitForEnd()
      let id = try #require(accepted["buildId"])
      #expect(try session.call("build.wait", ["buildId": id])["state"] == "cancelled")
      #expect(try session.notification("logs.end")["state"] == "cancelled")
    }

    @Test func aWaitingRequestThatIsCancelledLeavesTheBuildAlone() throws {
      let gate = try StepGate()
      let tree = try tree(gate)
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let session = try WireSession(broker.socket)
      let id = try #require(session.call("build", ["context": .string(tree.path)])["buildId"])
      let visit = try gate.visit()
      let request = try session.request("build.wait", ["buildId": id])
      try session.send("{\"jsonrpc\":\"2.0\",\"method\":\"$/cancelRequest\",\"params\":{\"id\":\(request)}}\n")
      #expect(try session.answer(to: request).at("error", "code") == -32800)
      visit.release()
      #expect(try session.call("build.wait", ["buildId": id])["state"] == "succeeded")
    }
  }
}
