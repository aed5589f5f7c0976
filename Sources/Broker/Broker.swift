internal import BuildLog
internal import BuildScheduling
package import EventLoop
internal import Glibc
internal import JSONRPC
internal import SwiftDockProtocol

/// The broker: sessions on one side, the Engine on the other, and the table of builds between them.
///
/// All of its state belongs to the thread of `loop`. Events come in there (bytes of clients, words of worker threads,
/// timers), are decided by `BuildTable`, and the actions that follow are performed by `perform` in the order decided,
/// and nowhere else. What blocks runs on worker threads, which answer by `onLoop`.
package actor Broker {
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  nonisolated let loop: EventLoop
  nonisolated let settings: BrokerSettings
  nonisolated let engine: EngineLink
  nonisolated let journal: Journal
  let instanceID = RandomID.make()
  let startedAtMs = wallClockMs()
  let startedAt = ContinuousClock.now
  let executable = ExecutableFile()

  // MARK: Sessions

  var socket: BrokerSocket?
  var sessions: [SessionID: Session] = [:]
  var lastSession: UInt64 = 0
  var readBuffer = [UInt8](repeating: 0, count: 64 << 10)
  var ignoredNotifications = 0

  // MARK: Builds

  var table: BuildTable
  var builds: [String: BuildRecord] = [:]
  var executions: [ExecutionID: ExecutionRecord] = [:]
  /// Ended builds, the oldest first.
  var history: [String] = []
  var dueActions: [BuildTable.Action] = []
  var isPerforming = false
  nonisolated let spools: SpoolDirectory
  nonisolated let state: StateDirectory

  /// Reads contexts and writes spools.
  nonisolated let readers = WorkerThreads(limit: 4)
  /// Takes in archives: threads of their own, since senders may take their time.
  nonisolated let receivers = WorkerThreads(limit: 16)
  /// One conversation with the Engine each.
  nonisolated let runners: WorkerThreads
  /// Tags images.
  nonisolated let taggers = WorkerThreads(limit: 4)
  /// Tags and pushes images: threads of their own, since a registry may let them wait for long. As many as the queue
  /// lets begin, so that whatever has begun heeds its interrupt.
  nonisolated let pushers = WorkerThreads(limit: Broker.publicationLimit)
  static let publicationLimit = 64
  var publications = PublicationQueue(limit: Broker.publicationLimit)
  /// Pushes of builds that have ended, by their names in the queue.
  var waitingPushes: [BuildID: @Sendable () -> Void] = [:]

  // MARK: Uploads

  var uploadTable: UploadTable
  var uploads: [UploadID: UploadRecord] = [:]
  var lastUploadWork = 0
  var uploadTimer: TimerID?

  // MARK: End

  var isDraining = false
  /// Nothing is left to do but to hand out what was said; connections end when they have taken it.
  var isEnding = false
  /// What connections have for that.
  private static let endTime = Duration.seconds(1)
  /// Called once, when the broker was asked to end and nothing is left to wait for.
  var onIdle: (@Sendable () -> Void)?

  package init(
    loop: EventLoop, settings: BrokerSettings, state: consuming StateDirectory, engine: EngineSource,
    journal: Journal = Journal()
  ) {
    self.loop = loop
    self.settings = settings
    self.journal = journal
    spools = SpoolDirectory(path: state.spool, limit: settings.spoolLimit)
    self.state = state
    self.engine = EngineLink(source: engine, journal: journal)
    table = BuildTable(
      limits: BuildLimits(running: settings.maxBuilds, waitingPerOwner: settings.limits.queuedBuilds))
    uploadTable = UploadTable(limits: .init(uploads: settings.limits.uploads, life: settings.uploadLife))
    runners = WorkerThreads(limit: settings.maxBuilds)
  }

  /// Listens, and starts to look for the Engine. To be called on the loop.
  package func start() throws(BrokerSocketError) {
    let socket = try BrokerSocket(path: settings.socketPath)
    do throws(SystemError) { try listen(on: socket.listener.descriptor) } catch {
      throw .system(call: error.call, path: settings.socketPath, errno: error.code)
    }
    self.socket = consume socket
    engine.start { [weak self] in self?.onLoop { $0.engineChanged() } }
    journal.write(.notice, "listening", ["socket": settings.socketPath, "pid": String(getpid())])
  }

  /// Runs `body` on the loop's thread, later.
  nonisolated func onLoop(_ body: @escaping @Sendable (isolated Broker) -> Void) {
    loop.post { self.assumeIsolated(body) }
  }

  func engineChanged() {
    let state = engine.state
    switch state.state {
    case .up:
      journal.write(
        .notice, "engine is up",
        ["endpoint": state.endpoint, "version": state.version ?? "?", "api": state.apiVersion ?? "?"])
    case .down:
      journal.write(
        .error, "engine is down", ["endpoint": state.endpoint, "error": state.lastError?.message ?? "?"])
    case .connecting: break
    }
  }

  // MARK: End

  /// Refuses new builds, lets the others end, then calls `whenIdle` on the loop. The second call cancels what still
  /// runs.
  package func shutDown(whenIdle: @escaping @Sendable () -> Void) {
    guard !isDraining else {
      journal.write(.notice, "cancelling all builds")
      perform(table.cancelAll(by: .shutdown))
      return
    }
    journal.write(.notice, "draining", ["builds": String(table.unfinished.count)])
    isDraining = true
    onIdle = whenIdle
    table.drain()
    stopListening()
    endIfIdle()
  }

  /// Ends when no build is left, after the message that is being handled has been answered.
  func endIfIdle() {
    guard onIdle != nil, !isEnding, table.isIdle else { return }
    isEnding = true
    onLoop { broker in
      for session in Array(broker.sessions.values) {
        broker.refuseWaiting(session)
        session.phase = .finishing
        broker.settle(session)
      }
      if broker.sessions.isEmpty { return broker.end() }
      broker.loop.schedule(after: Self.endTime) { broker.assumeIsolated { $0.end() } }
    }
  }

  func end() {
    guard let onIdle else { return }
    self.onIdle = nil
    // What is in the sockets' buffers stays readable for the clients; what is not was not taken in time.
    for session in Array(sessions.values) {
      endSubscriptions(of: session, .shutdown)
      flush(session)
      close(session)
    }
    for execution in executions.values { execution.log.remove() }
    engine.stop()
    onIdle()
  }
}
