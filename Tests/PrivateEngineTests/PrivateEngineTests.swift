import CLinux
import Glibc
import Testing

@testable import PrivateEngine

private let isRoot = geteuid() == 0
private let hasDockerd = EngineProgram.systemDirectories.contains { access($0 + "/dockerd", X_OK) == 0 }

/// The state and runtime directories of a test, and what is left of an Engine in them.
private final class Place {
  let directory: TemporaryDirectory
  let state: String
  let layout: EngineLayout

  init() throws {
    directory = try TemporaryDirectory()
    state = try directory.makeDirectory("state")
    layout = try EngineLayout(engineDirectory: state + "/engine", runtimeParent: directory.path)
  }

  deinit {
    guard isRoot else { return }
    do {
      try engine().stop()
    } catch PrivateEngineError.inUse {
      // A task of the test still holds its engine for a moment; such a test has stopped it.
    } catch {
      print("left behind: \(error)")
    }
  }

  func engine(path: String = "/usr/bin:/bin") throws -> PrivateEngine {
    try PrivateEngine(stateDirectory: state, runtimeParent: directory.path, environment: ["PATH": path])
  }

  /// A program in dockerd's place.
  func engine(script: String) throws -> PrivateEngine {
    try directory.write("dockerd", "#!/bin/sh\n" + script, mode: 0o755)
    return try engine(path: directory.path + ":/usr/bin:/bin")
  }

  /// Looked for without the code under test: every command line and every mount that names the directory, and the
  /// runtime directory.
  func leftovers() throws -> [String] {
    var left: [String] = []
    let log = try EngineLog.create(directory.path + "/leftovers")
    defer { close(log) }
    // The shell's own command line would name the directory; its standard input cannot be used, so a file is.
    let script = try directory.write(
      "leftovers.sh",
      """
      cd /proc && for p in [0-9]*; do
        [ "$p" = $$ ] || tr '\\0' ' ' 2>/dev/null <"$p/cmdline" | grep -F "\(directory.path)" | grep -v leftovers
      done
      grep -F "\(directory.path)" /proc/self/mountinfo
      exit 0
      """)
    let shell = try #require(try ProcessHandle(spawn(["sh", script], output: log)))
    #expect(shell.hasEnded(within: .seconds(30)))
    _ = shell.reap()
    left += EngineLog.tail(directory.path + "/leftovers")
    return left + [layout.runtimeDirectory, layout.socketLink].filter(exists)
  }

  /// Waits for a process of that role to appear.
  func awaitProcess(_ role: EngineProcesses.Role) throws -> ProcessHandle {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      for found in try EngineProcesses(layout: layout).all() where found.role == role {
        if let process = try ProcessHandle(found.id) { return process }
      }
      usleep(20_000)
    }
    throw TestFailure("no \(role) appeared")
  }

  /// Sends a build whose only step runs until somebody ends it; returns the open connection.
  func startEndlessBuild() throws -> Int32 {
    let context = try directory.makeDirectory("context")
    try directory.write(
      "context/Dockerfile", "FROM scratch\nCOPY busybox /busybox\nRUN [\"/busybox\", \"sleep\", \"100000\"]\n")
    let tar = directory.path + "/context.tar"
    let packer = try #require(
      try ProcessHandle(spawn(["sh", "-c", "cp /bin/busybox \(context)/ && tar -C \(context) -cf \(tar) ."])))
    #expect(packer.hasEnded(within: .seconds(30)))
    #expect(packer.reap() == .exit(code: 0))
    let body = try #require(try KernelFile.contents(of: tar, limit: 1 << 26))
    let head =
      "POST /build?version=2&networkmode=host HTTP/1.1\r\nHost: docker\r\nContent-Type: application/x-tar\r\n"
      + "Content-Length: \(body.count)\r\n\r\n"
    let connection = try connect(layout.socket)
    var rest = (Array(head.utf8) + body)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
      guard count > 0 else { throw TestFailure("write: errno \(errno)") }
      rest = rest.dropFirst(count)
    }
    return connection
  }
}

/// A connection that waits where it has to.
private func connect(_ path: String) throws -> Int32 {
  let descriptor = cl_unix_connect(path, path.utf8.count)
  guard descriptor >= 0, fcntl(descriptor, F_SETFL, 0) == 0 else {
    throw TestFailure("connect \(path): errno \(errno)")
  }
  return descriptor
}

@Suite(.enabled(if: isRoot && hasDockerd, "needs root and docker.io"), .serialized, .timeLimit(.minutes(5)))
struct PrivateEngineTests {
  private let place: Place

  init() throws { place = try Place() }

  @Test func anEngineAnswersAfterItsStartAndLeavesNothingAfterItsEnd() throws {
    let engine = try place.engine()
    #expect(!engine.isAlive)
    guard case .started(let id) = try engine.start() else {
      Issue.record("not started")
      return
    }
    #expect(engine.isAlive)
    #expect(engine.socketPath == place.layout.socket)
    close(try connect(engine.socketPath))
    close(try connect(place.state + "/engine/docker.sock"))
    #expect(try engine.start() == .running(id))
    try engine.stop()
    #expect(!engine.isAlive)
    #expect(try place.leftovers() == [])
    #expect(exists(place.layout.dataRoot))
    #expect(throws: PrivateEngineError.stopped) { try engine.start() }
    try engine.stop()
  }

  @Test func aKilledEngineIsReplacedAndItsStepsAreEnded() throws {
    let engine = try place.engine()
    guard case .started(let id) = try engine.start() else {
      Issue.record("not started")
      return
    }
    let connection = try place.startEndlessBuild()
    defer { close(connection) }
    let step = try place.awaitProcess(.workload)
    let containerd = try place.awaitProcess(.attendant)
    let dockerd = try #require(try ProcessHandle(id))
    try dockerd.signal(SIGKILL)
    #expect(dockerd.hasEnded(within: .seconds(20)))
    #expect(!engine.isAlive)
    #expect(!step.hasEnded)
    guard case .started(let next) = try engine.start() else {
      Issue.record("not started again")
      return
    }
    #expect(next != id)
    #expect(step.hasEnded)
    #expect(containerd.hasEnded)
    #expect(engine.isAlive)
    try engine.stop()
    #expect(try place.leftovers() == [])
  }

  @Test func anEngineThatRunsAStepIsEndedWithTheStep() throws {
    let engine = try place.engine()
    try engine.start()
    let connection = try place.startEndlessBuild()
    defer { close(connection) }
    let step = try place.awaitProcess(.workload)
    try engine.stop()
    #expect(step.hasEnded)
    #expect(try place.leftovers() == [])
  }

  @Test func theEngineOfABrokerThatCrashedIsAdopted() throws {
    var first: PrivateEngine? = try place.engine()
    guard case .started(let id) = try first?.start() else {
      Issue.record("not started")
      return
    }
    #expect(throws: PrivateEngineError.inUse(lockFile: place.layout.lockFile)) { try place.engine() }
    first = nil
    let second = try place.engine()
    #expect(try second.start() == .adopted(id))
    #expect(second.isAlive)
    try second.stop()
    #expect(try place.leftovers() == [])
  }

  @Test func anEngineThatWasLeftAndDoesNotAnswerIsReplaced() throws {
    var first: PrivateEngine? = try place.engine()
    guard case .started(let id) = try first?.start() else {
      Issue.record("not started")
      return
    }
    first = nil
    #expect(unlink(place.layout.socket) == 0)
    let second = try place.engine()
    guard case .started(let next) = try second.start() else {
      Issue.record("not replaced")
      return
    }
    #expect(next != id)
    try second.stop()
    #expect(try place.leftovers() == [])
  }

  @Test func whatACrashedBrokerLeftIsEndedByAStopWithoutAStart() throws {
    var first: PrivateEngine? = try place.engine()
    try first?.start()
    first = nil
    try place.engine().stop()
    #expect(try place.leftovers() == [])
  }

  @Test(arguments: [0, 5, 50, 300]) func aStopCutsAStartShort(delay: UInt32) async throws {
    let engine = try place.engine()
    let start = Task.detached { try engine.start() }
    usleep(delay * 1000)
    try engine.stop()
    do {
      // Where the start came first, the stop has undone it.
      _ = try await start.value
    } catch PrivateEngineError.stopped {}
    #expect(!engine.isAlive)
    #expect(try place.leftovers() == [])
  }
}

@Suite(.enabled(if: isRoot, "needs root"), .timeLimit(.minutes(5)))
struct PrivateEngineFailureTests {
  private let place: Place

  init() throws { place = try Place() }

  @Test func theLogSaysWhyDockerdEnded() throws {
    let engine = try place.engine(script: "echo first; echo 'failed to start daemon: no cgroups' >&2; exit 3\n")
    let error = PrivateEngineError.ended(.exit(code: 3), log: ["first", "failed to start daemon: no cgroups"])
    #expect(throws: error) { try engine.start() }
    #expect(error.description.hasSuffix("\n  failed to start daemon: no cgroups"))
    #expect(!engine.isAlive)
    #expect(try place.leftovers() == [])
  }

  @Test func aDockerdThatNeverAnswersIsEnded() throws {
    let engine = try place.engine(script: "echo waiting; exec sleep 100000\n")
    #expect(throws: PrivateEngineError.notReady(after: .milliseconds(300), log: ["waiting"])) {
      try engine.start(timeout: .milliseconds(300))
    }
    #expect(!engine.isAlive)
    #expect(try place.leftovers() == [])
  }

  @Test func aRuntimeDirectoryThatIsNotOursIsRefused() throws {
    let engine = try place.engine(script: "exit 0\n")
    #expect(symlink(place.directory.path, place.layout.runtimeDirectory) == 0)
    #expect(throws: PrivateEngineError.notPrivate(place.layout.runtimeDirectory)) { try engine.start() }
    #expect(exists(place.state))
    #expect(unlink(place.layout.runtimeDirectory) == 0)
  }
}

@Suite(.enabled(if: !isRoot, "is about other users than root"))
struct PrivateEngineUserTests {
  @Test func otherUsersAreToldThatItNeedsRoot() throws {
    let place = try Place()
    #expect(throws: PrivateEngineError.notRoot(user: geteuid())) { try place.engine() }
  }
}
