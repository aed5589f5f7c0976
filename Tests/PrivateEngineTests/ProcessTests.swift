import CLinux
import Glibc
import Testing

@testable import PrivateEngine

struct ProcessTests {
  /// Runs a shell command as `cl_spawn_daemon` starts programs; its output.
  private func output(of command: String, in directory: TemporaryDirectory) throws -> [String] {
    let log = directory.path + "/output"
    let descriptor = try EngineLog.create(log)
    defer { close(descriptor) }
    let process = try #require(try ProcessHandle(spawn(["sh", "-c", command], output: descriptor)))
    #expect(process.hasEnded(within: .seconds(20)))
    #expect(process.reap() == .exit(code: 0))
    return EngineLog.tail(log)
  }

  @Test func aDaemonStartsWithNoSignalBlockedOrIgnoredInASessionOfItsOwn() throws {
    // What a parent of the test program may have set, and what this thread sets, is not passed on.
    signal(SIGUSR2, SIG_IGN)
    defer { signal(SIGUSR2, SIG_DFL) }
    var mask = sigset_t()
    var before = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &mask, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let inheritable = dup2(STDERR_FILENO, 77)
    defer { close(inheritable) }
    let lines = try output(
      of: """
        grep -E '^Sig(Blk|Ign):' /proc/self/status; pwd; cut -d' ' -f6 /proc/$$/stat; echo $$
        readlink /proc/$$/fd/0; if [ -e /proc/$$/fd/77 ]; then echo inherited; else echo closed; fi
        """,
      in: TemporaryDirectory())
    #expect(lines.count == 7)
    #expect(lines.prefix(3) == ["SigBlk: 0000000000000000", "SigIgn: 0000000000000000", "/"])
    let (session, id) = (lines[3], lines[4])
    #expect(session == id)
    #expect(lines.suffix(2) == ["/dev/null", "closed"])
  }

  @Test func theEndOfAProcessIsSeenAndTold() throws {
    let killed = try #require(try ProcessHandle(spawn(["sleep", "1000"])))
    #expect(!killed.hasEnded)
    try killed.signal(SIGKILL)
    #expect(killed.hasEnded(within: .seconds(20)))
    #expect(killed.reap() == .signal(SIGKILL))
    #expect(killed.reap() == .unknown)
    try killed.signal(SIGKILL)
    #expect(try ProcessHandle(killed.id) == nil)
    let exited = try #require(try ProcessHandle(spawn(["sh", "-c", "exit 7"])))
    #expect(exited.hasEnded(within: .seconds(20)))
    #expect(exited.reap() == .exit(code: 7))
  }

  @Test func aProgramThatCannotBeStartedIsAnError() {
    let id = withNoArguments { cl_spawn_daemon("/nonexistent", $0, $0, 1) }
    #expect(id == -1)
    #expect(errno == ENOENT)
  }

  private func withNoArguments<Result>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result) -> Result
  {
    var none: UnsafeMutablePointer<CChar>?
    return body(&none)
  }
}

/// Starts a program of `/bin` or `/usr/bin`; without an output, that goes where the test's own standard error goes.
func spawn(_ arguments: [String], output: Int32 = STDERR_FILENO) throws -> pid_t {
  let path = ["/usr/bin/", "/bin/"].map { $0 + arguments[0] }.first { access($0, X_OK) == 0 }
  guard let path else { throw TestFailure("no \(arguments[0])") }
  var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
  defer { free(environment[0]) }
  let id = cl_spawn_daemon(path, &pointers, &environment, output)
  guard id > 0 else { throw TestFailure("spawn \(path): errno \(errno)") }
  return id
}
