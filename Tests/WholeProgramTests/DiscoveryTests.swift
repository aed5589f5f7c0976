import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// How a client finds, starts and ends the broker of its user.
  @Suite struct DiscoveryTests {
    /// A user's runtime and state directories. What runs in them is ended with this object.
    private final class Home {
      let place: TestDirectory
      let environment: [String: String]
      let socket: String
      let state: String

      init() throws {
        place = try TestDirectory()
        socket = place("r/swiftdock/swiftdockd.sock")
        state = place("s/swiftdock")
        environment = [
          "XDG_RUNTIME_DIR": try place.makeDirectory("r", mode: 0o700),
          "XDG_STATE_HOME": try place.makeDirectory("s", mode: 0o700), "SWIFTDOCK_ENGINE": Setting.engine,
          "SWIFTDOCK_DEFAULT_NETWORK": "host", "SWIFTDOCK_MAX_BUILDS": "3",
        ]
      }

      deinit {
        guard let pid = try? announced("pid")?.integerValue else { return }
        _ = try? RunningProgram.run([Setting.control, "shutdown", "--now", "--socket", socket])
        // A broker that has ended well took its file along.
        if HostFiles.exists(place("r/swiftdock/broker.json")) { kill(pid_t(pid), SIGKILL) }
      }

      func start(_ arguments: String..., control: String = Setting.control) throws -> RunningProgram {
        try RunningProgram([control] + arguments, environment: environment)
      }

      func control(_ arguments: String...) throws -> RunningProgram.Result {
        try RunningProgram.run([Setting.control] + arguments, environment: environment)
      }

      func announced(_ name: String) throws -> JSONValue? {
        try JSONValue.parsing(HostFiles.text(of: place("r/swiftdock/broker.json")))[name]
      }
    }

    @Test func socketStartsABrokerThatOutlivesIt() throws {
      let home = try Home()
      let first = try home.control("socket")
      #expect(first.output == home.socket + "\n", "\(first.errors)")
      let pid = try #require(try home.announced("pid")?.integerValue)
      // Its own session, away from the terminal and its directory, with nothing inherited.
      #expect(getsid(pid_t(pid)) == pid_t(pid))
      #expect(try RunningProgram.output(of: ["readlink", "/proc/\(pid)/cwd"]) == "/\n")
      #expect(try RunningProgram.output(of: ["readlink", "/proc/\(pid)/fd/0"]) == "/dev/null\n")
      #expect(try RunningProgram.output(of: ["readlink", "/proc/\(pid)/fd/2"]) == home.state + "/swiftdockd.log\n")
      #expect(try HostFiles.text(of: "/proc/\(pid)/status").contains("Umask:\t0077"))
      var info = stat()
      #expect(lstat(home.state + "/swiftdockd.log", &info) == 0 && info.st_mode & 0o7777 == 0o600)
      let second = try home.control("socket", "--json")
      #expect(try JSONValue.parsing(second.output) == ["socket": .string(home.socket), "pid": .integer(pid)])
      let settings = try JSONValue.parsing(home.control("rpc", "broker.config").output)["settings"]?.arrayValue ?? []
      #expect(settings.contains(["name": "max-builds", "value": "3", "source": "variable"]), "\(settings)")
      #expect(settings.contains(["name": "engine", "value": .string(Setting.engine), "source": "variable"]))
      let end = try home.control("shutdown")
      #expect(end.exit == .code(0), "\(end.errors)")
      // Whoever has the orphan may not have collected it yet.
      #expect((try? HostFiles.bytes(of: "/proc/\(pid)/cmdline")) ?? [] == [])
      #expect(TestDirectory.names(in: home.place("r/swiftdock")) == ["swiftdockd.sock.lock"])
    }

    @Test func clientsThatStartAtOnceHaveOneBroker() throws {
      let home = try Home()
      let clients = try (1...4).map { _ in try home.start("socket", "--json") }
      let ends = try clients.map { try $0.finish() }
      #expect(ends.allSatisfy { $0.exit == .code(0) }, "\(ends)")
      #expect(Set(ends.map(\.output)).count == 1)
    }

    @Test func buildStartsABrokerAndNothingElseDoes() throws {
      let home = try Home()
      for arguments in [["status"], ["ls"], ["shutdown"], ["socket", "--no-start"], ["rpc", "broker.ping"]] {
        let end = try RunningProgram.run([Setting.control] + arguments, environment: home.environment)
        #expect(end.exit == .code(69), "\(arguments)")
        #expect(end.errors.contains("swiftdock-ctl socket"))
      }
      let tree = try ContextTree(steps: "RUN true")
      #expect(try home.control("build", "--no-start", tree.path).exit == .code(69))
      #expect(try home.control("build", "--socket", home.socket, tree.path).exit == .code(69))
      #expect(!HostFiles.exists(home.place("r/swiftdock")))
      let build = try home.control("build", "-q", tree.path)
      #expect(build.exit == .code(0), "\(build.errors)")
      #expect(HostFiles.exists(home.socket))
    }

    @Test func brokerThatWasKilledIsReplaced() throws {
      let home = try Home()
      #expect(try home.control("socket").exit == .code(0))
      let killed = try #require(try home.announced("pid")?.integerValue)
      kill(pid_t(killed), SIGKILL)
      try eventually("the socket is dead") { try home.control("status").exit == .code(69) }
      #expect(try home.announced("pid")?.integerValue == killed)
      #expect(try home.control("socket").output == home.socket + "\n")
      #expect(try home.announced("pid")?.integerValue != killed)
    }

    @Test func brokerThatDoesNotStartSaysWhy() throws {
      let home = try Home()
      try home.place.makeDirectory("r/swiftdock", mode: 0o777)
      let end = try home.control("socket")
      #expect(end.exit == .code(69))
      #expect(end.errors.contains("chmod 0700") && end.errors.contains(home.state + "/swiftdockd.log"))
    }

    @Test func daemonIsFoundInPATH() throws {
      let home = try Home()
      let bin = try home.place.makeDirectory("bin")
      try RunningProgram.output(of: ["cp", Setting.control, bin])
      let alone = try home.start("socket", control: bin + "/swiftdock-ctl").finish()
      #expect(alone.exit == .code(69))
      #expect(alone.errors.contains("there is no swiftdockd beside swiftdock-ctl or in PATH"))
      let path = "\(Setting.programs ?? ""):/usr/bin:/bin"
      let found = try RunningProgram.run(
        ["env", "PATH=\(path)", bin + "/swiftdock-ctl", "socket"], environment: home.environment)
      #expect(found.output == home.socket + "\n", "\(found.errors)")
    }

    @Test func shutdownWaitsForBuildsOrCancelsThem() throws {
      for isNow in [false, true] {
        let gate = try StepGate()
        let tree = try ContextTree(steps: "RUN \(gate.command)")
        let broker = try BrokerProcess()
        let client = try broker.startBuild(tree)
        let visit = try gate.visit()
        let ending = try broker.start(["shutdown"] + (isNow ? ["--now"] : []))
        try ending.wait(for: isNow ? "Cancelling a build" : "Waiting for a build", in: .errors)
        if !isNow { visit.release() }
        #expect(try FinishedBuild(client).exit == .code(isNow ? 130 : 0))
        #expect(try ending.finish().exit == .code(0))
        broker.stop()
      }
    }
  }
}
