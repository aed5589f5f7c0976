import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// `swiftdockd --engine private`.
  @Suite(.enabled(if: Setting.isRoot, "needs root"))
  struct PrivateEngineTests {
    /// The command line of the dockerd whose data is in a state directory, and its process; nil where none runs.
    private func daemon(of state: String) throws -> (pid: Int32, arguments: [String])? {
      for entry in TestDirectory.names(in: "/proc") {
        // A process may end while it is looked at.
        guard let pid = Int32(entry), let line = try? HostFiles.text(of: "/proc/\(pid)/cmdline") else { continue }
        let arguments = line.split(separator: "\0").map(String.init)
        if arguments.first?.hasSuffix("dockerd") == true, arguments.contains("\(state)/engine/data") {
          return (pid, arguments)
        }
      }
      return nil
    }

    /// Processes, mounts and directories that name one of the Engine's directories.
    private func leftovers(of state: String, _ arguments: [String]) throws -> [String] {
      guard let option = arguments.firstIndex(of: "--pidfile") else { throw ProgramFailure("\(arguments)") }
      let runtime = arguments[option + 1].split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
      var left = [runtime].filter(HostFiles.exists)
      for entry in TestDirectory.names(in: "/proc") where Int32(entry) != nil {
        guard let line = try? HostFiles.text(of: "/proc/\(entry)/cmdline") else { continue }
        if line.contains(runtime) || line.contains(state) { left.append(line) }
      }
      left += try HostFiles.text(of: "/proc/self/mountinfo").split(separator: "\n").map(String.init)
        .filter { $0.contains(runtime) || $0.contains(state) }
      return left
    }

    @Test func isStartedAgainWhenItDiesAndLeavesNothing() throws {
      let gate = try StepGate()
      let tree = try ContextTree(steps: "RUN echo be''gun; \(gate.command)")
      let broker = try BrokerProcess(engine: "private")
      let first = try #require(try daemon(of: broker.state))
      #expect(try broker.call("broker.status").at("engine", "endpoint") == "private")

      // It dies under a build.
      let client = try broker.startBuild(tree, "--builder", "classic")
      let visit = try gate.visit()
      kill(first.pid, SIGKILL)
      let lost = try FinishedBuild(client)
      #expect(lost.exit == .code(69))
      #expect(lost.errorCode == 1507)
      try broker.program.wait("second “engine is up”") {
        broker.program.errors.ranges(of: "engine is up").count == 2
      }
      let second = try #require(try daemon(of: broker.state))
      #expect(second.pid != first.pid)
      // The step of the lost build went with its Engine.
      try visit.waitForEnd()

      let again = try broker.startBuild(tree)
      try gate.visit().release()
      let end = try FinishedBuild(again)
      #expect(end.exit == .code(0), "\(end.log)")
      #expect(end.build["network"] == "host")
      broker.stop()
      #expect(try leftovers(of: broker.state, second.arguments) == [])
    }

    @Test func outlivesABrokerThatIsKilledAndIsTakenOverByTheNext() throws {
      let tree = try ContextTree(steps: "RUN echo built")
      let killed = try BrokerProcess(engine: "private")
      let before = try #require(try daemon(of: killed.state))
      #expect(try killed.build(tree).exit == .code(0))
      killed.program.signal(SIGKILL)
      try killed.program.finish()
      #expect(try daemon(of: killed.state)?.pid == before.pid)

      let broker = try BrokerProcess(engine: "private", place: killed.place)
      #expect(try daemon(of: broker.state)?.pid == before.pid)
      let end = try broker.build(tree, "--progress", "plain")
      #expect(end.exit == .code(0))
      // What the Engine built for the one before is still there.
      #expect(end.log.contains("CACHED"))
      broker.stop()
      #expect(try leftovers(of: broker.state, before.arguments) == [])
    }
  }
}
