import CLinux
import Glibc
import Synchronization

/// A dockerd of the broker's own, for machines where no Engine runs. Needs root.
///
/// It keeps images and build cache in `STATE/engine/data` and logs to `STATE/engine/dockerd.log`, which is emptied at
/// each start; `STATE/engine/docker.sock` leads to its socket while it runs. It has no network bridge and leaves the firewall alone: build steps have the network `none` or `host`.
///
/// It is meant to outlive a broker that crashes: the next one finds it by its command line and takes it over. A broker
/// that ends in order calls `stop()`.
///
/// `start` and `stop` block their thread, exclude each other and may be called from any; the rest returns at once.
package final class PrivateEngine: Sendable {
  /// How `start` came to an Engine that runs. The numbers are process ids.
  package enum Arrival: Sendable, Equatable {
    case started(Int32)
    /// It was left running by a broker that did not end it.
    case adopted(Int32)
    case running(Int32)
  }

  /// How long an Engine that was found may take to answer before it is replaced.
  private static let adoptionTime: Duration = .seconds(5)
  /// From the request to end to SIGKILL. dockerd waits long for build steps, so these are ended after a part of it.
  private static let grace: (alone: Duration, afterWorkloads: Duration) = (.seconds(3), .seconds(12))
  private static let killTime: Duration = .seconds(5)
  /// Mounts may cover each other; each round takes away one at each place.
  private static let unmountRounds = 16

  /// Where the Engine listens once `start` has returned. Only root can connect.
  package var socketPath: String { layout.socket }

  private let layout: EngineLayout
  private let processes: EngineProcesses
  private let environment: [String: String]
  /// Open as long as this object lives, with a lock on it.
  private let lock: Int32
  /// Held by whoever starts or ends processes.
  private let operation = Mutex<Void>(())
  private let process = Mutex<ProcessHandle?>(nil)
  private let isStopped = Atomic<Bool>(false)

  /// Prepares the directories and makes sure that no other broker runs this Engine.
  ///
  /// - Parameters:
  ///   - stateDirectory: is made if it is missing; its parent has to be there.
  ///   - runtimeParent: gets a directory of the Engine's own for sockets, from `start` until `stop`. Short: sockets
  ///     have to fit into 107 bytes.
  ///   - environment: of the broker. Goes to dockerd, proxy settings included.
  package init(
    stateDirectory: String, runtimeParent: String = "/run", environment: [String: String]
  ) throws(PrivateEngineError) {
    guard geteuid() == 0 else { throw .notRoot(user: geteuid()) }
    try PrivateDirectory.make(stateDirectory)
    let engineDirectory = try PrivateDirectory.resolved(stateDirectory) + "/engine"
    try PrivateDirectory.make(engineDirectory)
    let layout = try EngineLayout(
      engineDirectory: engineDirectory, runtimeParent: PrivateDirectory.resolved(runtimeParent))
    let lock = open(layout.lockFile, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else { throw .system(call: "open", path: layout.lockFile, errno: errno) }
    self.lock = lock
    self.layout = layout
    self.environment = environment
    processes = EngineProcesses(layout: layout)
    // From here on deinit closes the lock.
    guard cl_lock_exclusively(lock) == 0 else {
      guard errno == EWOULDBLOCK else { throw .system(call: "flock", path: layout.lockFile, errno: errno) }
      throw .inUse(lockFile: layout.lockFile)
    }
  }

  deinit { close(lock) }

  /// Whether the process lives; whether it answers is for its user to find out.
  package var isAlive: Bool { process.withLock { $0 }.map { !$0.hasEnded } ?? false }

  /// Makes sure that the Engine runs and answers: takes over one that was left running, else starts one, after ending
  /// and taking away what an earlier one left. Called again, replaces an Engine that has died.
  ///
  /// - Parameter timeout: for a new Engine to answer.
  @discardableResult
  package func start(timeout: Duration = .seconds(60)) throws(PrivateEngineError) -> Arrival {
    try operation.withLock { _ throws(PrivateEngineError) in
      guard !isStopped.load(ordering: .acquiring) else { throw .stopped }
      if let process = process.withLock({ $0 }) {
        guard process.hasEnded else { return .running(process.id) }
        _ = process.reap()
        self.process.withLock { $0 = nil }
      }
      if let adopted = try adopt() {
        process.withLock { $0 = adopted }
        return .adopted(adopted.id)
      }
      let program = try EngineProgram(environment: environment)
      try cleanUp()
      return .started(try launch(program, timeout).id)
    }
  }

  /// Ends the Engine with all its processes, undoes its mounts and removes its runtime directory; a `start` under way
  /// fails with `stopped`, as does any later one. May be called again after an error.
  package func stop() throws(PrivateEngineError) {
    isStopped.store(true, ordering: .releasing)
    try process.withLock { $0 }?.signal(SIGTERM)
    try operation.withLock { _ throws(PrivateEngineError) in
      if let process = process.withLock({ $0.take() }) { try end(process) }
      for (id, role) in try processes.all() where role == .daemon {
        if let process = try ProcessHandle(id) { try end(process) }
      }
      try cleanUp()
    }
  }

  /// The Engine that an earlier broker left, if it is what this one would start and answers. Any other that owns these
  /// directories is ended.
  private func adopt() throws(PrivateEngineError) -> ProcessHandle? {
    for (id, role) in try processes.all() where role == .daemon {
      guard let found = try ProcessHandle(id), let commandLine = try EngineProcesses.commandLine(of: id) else {
        continue
      }
      if Array(commandLine.dropFirst().prefix(layout.arguments.count)) == layout.arguments,
        EnginePing.isAnswered(at: layout.socket, by: found, until: .now + Self.adoptionTime)
      {
        return found
      }
      try end(found)
    }
    return nil
  }

  private func launch(_ program: EngineProgram, _ timeout: Duration) throws(PrivateEngineError) -> ProcessHandle {
    try PrivateDirectory.make(layout.runtimeDirectory)
    try PrivateDirectory.make(layout.dataRoot)
    guard symlink(layout.socket, layout.socketLink) == 0 else {
      throw .system(call: "symlink", path: layout.socketLink, errno: errno)
    }
    do throws(PrivateEngineError) {
      let launched = try program.start(layout)
      process.withLock { $0 = launched }
      try waitUntilReady(launched, timeout)
      return launched
    } catch {
      process.withLock { $0 = nil }
      // The first error tells more than one on the way out; whatever stays is met again by the next start or stop.
      do throws(PrivateEngineError) { try cleanUp() } catch {}
      throw error
    }
  }

  /// Returns once the Engine answers; in any other case it has ended.
  private func waitUntilReady(_ launched: ProcessHandle, _ timeout: Duration) throws(PrivateEngineError) {
    let deadline = ContinuousClock.now + timeout
    var pause: Duration = .milliseconds(10)
    while true {
      let isReady = EnginePing.isAnswered(at: layout.socket, by: launched, until: deadline)
      if isStopped.load(ordering: .acquiring) {
        try end(launched)
        throw .stopped
      }
      if isReady { return }
      if launched.hasEnded { throw .ended(launched.reap(), log: EngineLog.tail(layout.logFile)) }
      guard ContinuousClock.now < deadline else {
        try end(launched)
        throw .notReady(after: timeout, log: EngineLog.tail(layout.logFile))
      }
      // Wakes early where dockerd ends.
      _ = launched.hasEnded(within: pause)
      pause = min(pause * 2, .milliseconds(200))
    }
  }

  private func end(_ process: ProcessHandle) throws(PrivateEngineError) {
    try process.signal(SIGTERM)
    if !process.hasEnded(within: Self.grace.alone) {
      try processes.kill([.workload], within: Self.killTime)
      if !process.hasEnded(within: Self.grace.afterWorkloads) {
        try process.signal(SIGKILL)
        guard process.hasEnded(within: Self.killTime) else { throw .survivors([process.id]) }
      }
    }
    _ = process.reap()
  }

  /// Takes away what an Engine leaves that was killed, or that ended during a build: processes, mounts, sockets.
  private func cleanUp() throws(PrivateEngineError) {
    try processes.kill([.attendant, .workload], within: Self.killTime)
    try unmountAll()
    guard unlink(layout.socketLink) == 0 || errno == ENOENT else {
      throw .system(call: "unlink", path: layout.socketLink, errno: errno)
    }
    try PrivateDirectory.remove(layout.runtimeDirectory)
  }

  private func unmountAll() throws(PrivateEngineError) {
    for _ in 0..<Self.unmountRounds {
      guard let left = try MountTable.of(process: "self")?.left(by: layout), !left.isEmpty else { return }
      for mount in left {
        let path = mount.point.map { CChar(bitPattern: $0) } + [0]
        // EINVAL, ENOENT: gone with one that was taken away before.
        guard cl_unmount(path) == 0 || errno == EINVAL || errno == ENOENT else {
          throw .system(call: "umount2", path: String(decoding: mount.point, as: UTF8.self), errno: errno)
        }
      }
    }
    guard let left = try MountTable.of(process: "self")?.left(by: layout).first else { return }
    throw .stillMounted(String(decoding: left.point, as: UTF8.self))
  }
}
