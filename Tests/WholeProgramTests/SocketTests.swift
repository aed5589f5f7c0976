import Glibc
import JSON
import SwiftDockTestSupport
import Testing

extension WholeProgram {
  /// Whose the socket is.
  @Suite struct SocketTests {
    private func mode(_ path: String) throws -> mode_t {
      var info = stat()
      guard lstat(path, &info) == 0 else { throw ProgramFailure("lstat \(path): errno \(errno)") }
      return info.st_mode & 0o7777
    }

    @Test func socketAndDirectoriesAreTheUsersAlone() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      #expect(try mode(broker.socket) == 0o600)
      #expect(try mode(broker.place("run")) == 0o700)
      for directory in ["", "/logs", "/spool"] { #expect(try mode(broker.state + directory) == 0o700) }
    }

    /// The programs where any user may run them.
    private func programsForAll() throws -> TestDirectory {
      let directory = try TestDirectory()
      chmod(directory.path, 0o755)
      try RunningProgram.output(of: ["cp", Setting.control, directory.path])
      try RunningProgram.output(of: ["chmod", "0755", directory("swiftdock-ctl")])
      return directory
    }

    private static let asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    @Test(.enabled(if: Setting.isRoot, "needs root"))
    func anotherUserIsKeptOutByTheDirectory() throws {
      let programs = try programsForAll()
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let end = try RunningProgram.run(
        Self.asNobody + [programs("swiftdock-ctl"), "status", "--socket", broker.socket])
      #expect(end.exit == .code(77))
      #expect(end.output == "")
      #expect(end.errors.contains(broker.socket))
    }

    @Test(.enabled(if: Setting.isRoot, "needs root"))
    func anotherUserWhoReachesTheSocketIsRefusedByTheBroker() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      for path in [broker.place.path, broker.place("run")] { chmod(path, 0o711) }
      chmod(broker.socket, 0o666)
      let script = #"printf '{"jsonrpc":"2.0","id":1,"method":"broker.status"}\n' | nc -N -U "$1""#
      let answer = try RunningProgram.output(of: Self.asNobody + ["sh", "-c", script, "sh", broker.socket])
      #expect(try JSONValue.parsing(answer).at("error", "code") == 1101)
      #expect(try broker.call("broker.ping")["timeMs"] != nil)
    }

    @Test func aSecondBrokerOnTheSameSocketIsRefused() throws {
      let broker = try BrokerProcess()
      defer { broker.stop() }
      let other = try RunningProgram.run([
        Setting.daemon, "--socket", broker.socket, "--state-dir", broker.place("other"), "--engine", Setting.engine,
      ])
      #expect(other.exit == .code(75))
      #expect(other.errors.contains("another broker listens at \(broker.socket)"))
      let sharing = try RunningProgram.run([
        Setting.daemon, "--socket", broker.place("other.sock"), "--state-dir", broker.state, "--engine", Setting.engine,
      ])
      #expect(sharing.exit == .code(75))
      #expect(sharing.errors.contains("another broker uses \(broker.state)"))
      #expect(try broker.call("broker.ping")["timeMs"] != nil)
    }

    @Test func aSocketThatWasLeftBehindIsReplaced() throws {
      let killed = try BrokerProcess()
      killed.program.signal(SIGKILL)
      try killed.program.finish()
      let client = try killed.control("status")
      #expect(client.exit == .code(69))
      #expect(client.errors.contains("Nobody listens on \(killed.socket)"))
      let broker = try BrokerProcess(place: killed.place)
      defer { broker.stop() }
      #expect(try broker.control("status").exit == .code(0))
    }

    @Test func whatIsNoSocketIsNotReplaced() throws {
      let place = try TestDirectory()
      try place.makeDirectory("run", mode: 0o700)
      try place.write("run/broker.sock", "a file")
      let end = try BrokerProcess(place: place, readyWhen: nil).program.finish()
      #expect(end.exit == .code(1))
      #expect(end.errors.contains(place("run/broker.sock")))
      #expect(try HostFiles.text(of: place("run/broker.sock")) == "a file")
    }

    @Test func aDirectoryThatOthersMayChangeIsRefused() throws {
      let place = try TestDirectory()
      try place.makeDirectory("run", mode: 0o777)
      let end = try BrokerProcess(place: place, readyWhen: nil).program.finish()
      #expect(end.exit == .code(1))
      #expect(end.errors.contains("chmod 0700"))
    }

    @Test func withoutABrokerTheClientSaysWhatToType() throws {
      let place = try TestDirectory()
      let end = try RunningProgram.run([Setting.control, "ls", "--socket", place("none.sock")])
      #expect(end.exit == .code(69))
      #expect(end.errors.contains("swiftdockd --socket \(place("none.sock"))"))
    }

    // MARK: A socket that is handed over

    /// Listens at its first argument, then becomes the rest of them, with the socket, as systemd does it.
    private static let activation = """
      use POSIX (); use Socket; $^F = 9; umask 0077; my $path = shift; my $listener;
      socket($listener, AF_UNIX, SOCK_STREAM, 0) && bind($listener, sockaddr_un($path)) && listen($listener, 8)
        or die "$path: $!";
      POSIX::dup2(fileno($listener), 3) unless fileno($listener) == 3;
      $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 1;
      exec @ARGV or die "$ARGV[0]: $!";
      """

    @Test func aSocketThatIsHandedOverIsServedAndStays() throws {
      let place = try TestDirectory()
      try place.makeDirectory("run", mode: 0o700)
      let socket = place("run/broker.sock")
      let broker = try BrokerProcess(place: place, wrapper: ["perl", "-e", Self.activation, socket])
      let settings = try broker.call("broker.config")["settings"]?.arrayValue ?? []
      #expect(settings.first == ["name": "socket", "value": .string(socket), "source": "activation"])
      broker.program.signal(SIGTERM)
      #expect(try broker.program.finish().exit == .code(0))
      #expect(try mode(socket) == 0o700)
      #expect(TestDirectory.names(in: place("run")).contains("broker.json") == false)
    }

    @Test func aSocketThatIsHandedOverHasToBeTheOneThatWasAskedFor() throws {
      let place = try TestDirectory()
      try place.makeDirectory("run", mode: 0o700)
      let end = try BrokerProcess(
        place: place, wrapper: ["perl", "-e", Self.activation, place("run/other.sock")], readyWhen: nil
      ).program.finish()
      #expect(end.exit == .code(1))
      #expect(end.errors.contains("listens at \(place("run/other.sock")), and not at \(place("run/broker.sock"))"))
    }
  }
}
