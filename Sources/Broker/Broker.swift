internal import BuildContext
internal import BuildLog
internal import BuildScheduling
package import EventLoop
internal import Glibc
internal import JSONRPC
package import SwiftDockProtocol

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
  let ownView: ProcessView?

  // MARK: Sessions
  // What each message touches is not checked for overlapping accesses at run time, as in `Session`.

  var socket: BrokerSocket?
  var announcement: AnnouncementFile?
  var sessions: [SessionID: Session] = [:]
  /// The same, as the loop knows them.
  @exclusivity(unchecked) var sessionsByDescriptor = DescriptorTable<Session>()
  lazy var connections = WatchGroup { [weak self] ready in self?.assumeIsolated { $0.ready(ready) } }
  var lastSession: UInt64 = 0
  @exclusivity(unchecked) var readBuffer = [UInt8](repeating: 0, count: 64 << 10)
  /// Of connections that are ready together: what is to be handled next.
  @exclusivity(unchecked) var arrivals: [Arrival] = []
  /// What came with the bytes of some of them.
  @exclusivity(unchecked) var arrivedDescriptors: [SessionID: ReceivedDescriptors] = [:]
  /// What nearly every message comes with.
  let noDescriptors = MessageDescriptors()
  var ignoredNotifications = 0
  /// Those with event subscriptions.
  var eventSessions: Set<SessionID> = []
  /// Those that are to be served.
  @exclusivity(unchecked) var dueSessions: [Session] = []
  /// Whether `serveDue` is going to be called.
  @exclusivity(unchecked) var isToServe = false
  /// What waits in the outputs of all sessions.
  @exclusivity(unchecked) var output = OutputBudget()
  var pages = PageCache()

  // MARK: Builds

  var table: BuildTable
  var builds: [String: BuildRecord] = [:]
  var lastBuild: UInt64 = 0
  var clientTokens = ClientTokens()
  var executions: [ExecutionID: ExecutionRecord] = [:]
  /// Ended builds, the oldest first.
  var history: [String] = []
  var dueActions: [BuildTable.Action] = []
  var isPerforming = false
  nonisolated let spools: SpoolDirectory
  nonisolated let state: StateDirectory
  nonisolated let manifests: ManifestDirectory
  nonisolated let valueDigest = KeyedDigest()
  nonisolated let fileDigests: FileDigestIndex?
  /// For contexts between their measurement and their build.
  nonisolated let contentRoom = ContentRoom(byteLimit: ContentRoom.usualLimit)

  /// Reads contexts and writes spools.
  nonisolated let readers = WorkerThreads(limit: 4)
  /// Takes in archives: threads of their own, since senders may take their time.
  nonisolated let receivers = WorkerThreads(limit: 16)
  /// Works at uploads, which never wait for a sender.
  nonisolated let uploaders = WorkerThreads(limit: 4)
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

  package internal(set) var isDraining = false
  /// Nothing is left to do but to hand out what was said; connections end when they have taken it.
  var isEnding = false
  /// What connections have for that.
  private static let endTime = Duration.seconds(1)
  /// When what is left of a drain is cancelled.
  private var drainLimit: TimerID?
  /// Called once, when the broker was asked to end and nothing is left to wait for.
  private var onEnd: (@Sendable () -> Void)?

  package init(
    loop: EventLoop, settings: BrokerSettings, state: consuming StateDirectory, engine: EngineSource,
    journal: Journal = Journal()
  ) {
    self.loop = loop
    self.settings = settings
    self.journal = journal
    spools = SpoolDirectory(path: state.spool, limit: settings.spoolLimit)
    manifests = ManifestDirectory(path: state.manifests, limit: settings.rememberedManifestBytes, journal: journal)
    self.state = state
    fileDigests = settings.indexedFiles > 0 ? FileDigestIndex(limit: settings.indexedFiles) : nil
    do throws(SystemError) { ownView = try ProcessView.own() } catch {
      journal.write(.error, "cannot look at this process, no paths are read", ["error": error.description])
      ownView = nil
    }
    self.engine = EngineLink(source: engine, journal: journal)
    table = BuildTable(
      limits: BuildLimits(running: settings.maxBuilds, waitingPerOwner: settings.limits.queuedBuilds))
    uploadTable = UploadTable(limits: .init(uploads: settings.limits.uploads, life: settings.uploadLife))
    runners = WorkerThreads(limit: settings.maxBuilds)
  }

  /// Listens, and starts to look for the Engine. To be called on the loop.
  ///
  /// - Parameter whenEnded: called on the loop once the broker, asked to end by a signal or a client, has.
  package func start(whenEnded: @escaping @Sendable () -> Void) throws(BrokerSocketError) {
    let socket =
      if let listener = settings.inheritedListener {
        try BrokerSocket(inherited: listener)
      } else {
        try BrokerSocket(path: settings.socketPath)
      }
    do throws(SystemError) { try listen(on: socket.listener.descriptor) } catch {
      throw .system(call: error.call, path: settings.socketPath, errno: error.code)
    }
    self.socket = consume socket
    onEnd = whenEnded
    spools.setOnShortage { [weak self] bytes in self?.makeRoom(lacking: bytes) ?? false }
    announce()
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
    tell(of: .engine)
  }

  // MARK: End

  /// Refuses new builds and lets those that are there end, with the pushes that somebody waits for; then ends the
  /// connections and the broker. What is left is cancelled after `limit`, of which the newest call's counts, or at once
  /// by the mode `cancel`.
  package func shutDown(
    _ mode: BrokerShutdown.Mode, within limit: Duration = .milliseconds(BrokerShutdown.Params.defaultTimeoutMs)
  ) {
    guard !isEnding else { return }
    if !isDraining {
      journal.write(.notice, "draining", ["builds": String(table.unfinished.count)])
      isDraining = true
      table.drain()
      tell(of: .broker)
      stopListening()
    }
    drainLimit.map(loop.cancel)
    drainLimit = nil
    switch mode {
    case .cancel: cancelEverything()
    case .drain:
      drainLimit = loop.schedule(after: limit) { [self] in assumeIsolated { $0.cancelEverything() } }
      endIfIdle()
    }
  }

  private func cancelEverything() {
    journal.write(.notice, "cancelling all builds")
    for session in sessions.values { refuseWaiting(session) }
    perform(table.cancelAll(by: .shutdown))
  }

  /// Ends when nothing is left that is waited for, after the message that is being handled has been answered.
  func endIfIdle() {
    guard isDraining, !isEnding, table.isIdle, !sessions.values.contains(where: \.waitsForPush) else { return }
    isEnding = true
    drainLimit.map(loop.cancel)
    onLoop { broker in
      for session in Array(broker.sessions.values) { broker.finish(session) }
      if broker.sessions.isEmpty { return broker.end() }
      broker.loop.schedule(after: Self.endTime) { broker.assumeIsolated { $0.end() } }
    }
  }

  func end() {
    guard let onEnd else { return }
    self.onEnd = nil
    // What is in the sockets' buffers stays readable for the clients; what is not was not taken in time.
    for session in Array(sessions.values) {
      endSubscriptions(of: session, .shutdown)
      flush(session, piecesAtMost: .max)
      close(session)
    }
    for execution in executions.values { execution.log.remove() }
    for upload in uploads.values { upload.reception.abort() }
    manifests.close()
    engine.stop()
    onEnd()
  }
}
