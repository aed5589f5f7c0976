internal import BuildContext
internal import BuildLog
internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// The one place that does what the table decides.
extension Broker {
  /// Performs actions after those that were decided before, however deep in the performing of these the call comes.
  func perform(_ actions: [BuildTable.Action]) {
    dueActions += actions
    guard !isPerforming else { return }
    isPerforming = true
    while !dueActions.isEmpty { perform(dueActions.removeFirst()) }
    isPerforming = false
    positionsChanged()
    endIfIdle()
  }

  private func perform(_ action: BuildTable.Action) {
    switch action {
    case .measure(let id): measure(id)
    case .stopMeasuring(let id): builds[id.text]?.measuring?.fire()
    case .attach(let id, let execution, let isFirst): attach(id, to: execution, isFirst: isFirst)
    case .enqueue(let id, let source): enqueue(id, source: source)
    case .start(let id, let source): start(id, source: source)
    case .renew(let id, let source): renew(id, source: source)
    case .split(let builds, let former, let id): split(builds, from: former, to: id)
    case .stop(let id): stop(id)
    case .discard(let id): discard(id)
    case .publish(let id): publish(id)
    case .stopPublishing(let id): stopPublishing(id)
    case .end(let id, let end): finish(id, end)
    }
  }

  // MARK: Measuring

  private func measure(_ id: BuildID) {
    guard let build = builds[id.text], let input = build.input else { return }
    let interrupt: Interrupt
    do throws(EngineError) { interrupt = try Interrupt() } catch {
      return measured(id, .failure(RPCError(error, endpoint: engine.state.endpoint)))
    }
    build.measuring = interrupt
    let request = Measurement.Request(
      params: build.params, ownerUID: build.ownerUID, network: build.network, endpoint: engine.state.endpoint,
      input: input, reader: contextReader, valueDigest: valueDigest)
    let threads = input.isReceived ? receivers : readers
    threads.run { [self] in
      let result: Result<Measurement, RPCError>
      do throws(RPCError) {
        result = .success(try Measurement(request, engine: engine, interrupt: interrupt))
      } catch { result = .failure(error) }
      onLoop { $0.measured(id, result) }
    }
  }

  private func measured(_ id: BuildID, _ result: Result<Measurement, RPCError>) {
    // What was read a second time for a whole execution counts, though the build it was read for is gone.
    guard let build = builds[id.text] else { return perform(table.measuringFailed(id)) }
    build.measuring = nil
    // Now that an equal one of them would be joined, and not stopped and done again. Not by one that was cancelled.
    defer { if build.state != .cancelled { supersede(by: build) } }
    switch result {
    case .success(let measurement):
      manifests.keep(measurement.snapshot)
      remember(measurement, of: build)
      perform(table.measured(id, measurement.measured, newExecution: ExecutionID(RandomID.make())))
      if build.state.isFinal { build.measurement = nil }
    case .failure(let error):
      if let execution = build.execution, !execution.isOver {
        let shared = traced(RPCError(rereadingFailed: error, changedPath: execution.changedPath))
        execution.error = shared
        close(execution, .init(state: .failed, error: shared))
      }
      if !build.state.isFinal { build.error = error }
      perform(table.measuringFailed(id))
    }
  }

  private func remember(_ measurement: Measurement, of build: BuildRecord) {
    build.measurement = measurement
    let digest = measurement.snapshot.digest
    do throws(RPCError) {
      build.references = try Measurement.references(build.params.tags, digest)
      if !build.state.isFinal { build.tags = build.references.map(\.familiar) }
    } catch { _ = traced(error) }  // The same templates were good for the first digest.
    let former = build.inputs
    build.inputs = measurement.inputs
    if let former { letGoOfManifest(former.contextDigest) }
    build.dockerfile = measurement.snapshot.dockerfile
    build.contextBytes = Int(measurement.snapshot.tarSize)
  }

  // MARK: Executions

  private func attach(_ id: BuildID, to executionID: ExecutionID, isFirst: Bool) {
    guard let build = builds[id.text], let measurement = build.measurement else { return }
    let execution: ExecutionRecord
    if let known = executions[executionID] {
      execution = known
    } else {
      do throws(EngineError) { execution = try newExecution(executionID) } catch {
        build.error = RPCError(error, endpoint: engine.state.endpoint)
        return perform(table.executionEnded(executionID, .failed))
      }
    }
    execution.builds.append(build)
    execution.measurements[id] = measurement
    if !isFirst { measurement.snapshot.letGoOfContents() }
    build.execution = execution
    if let images = execution.imagesUsed { build.inputs?.images = images }
    build.joined = !isFirst
    build.state = execution.startedAtMs == nil ? .queued : .running
    build.startedAtMs = execution.startedAtMs
    journal.write(
      .info, isFirst ? "execution made" : "execution joined",
      ["build": id.text, "execution": executionID.text, "context": measurement.snapshot.digest.description])
    for build in participants(of: executionID) { changed(build) }
  }

  private func newExecution(_ id: ExecutionID) throws(EngineError) -> ExecutionRecord {
    let log = BuildLog(prefix: "\(state.logs)/\(id.text)", limits: settings.logLimits)
    let feed = ExecutionFeed(log: log, interrupt: try Interrupt()) { [weak self] in
      self?.onLoop { broker in
        guard let execution = broker.executions[id] else { return }
        execution.feed?.seen()
        broker.logAdvanced(execution)
      }
    }
    let execution = ExecutionRecord(id: id, feed: feed)
    executions[id] = execution
    return execution
  }

  private func enqueue(_ id: ExecutionID, source: BuildID) {
    guard let execution = executions[id], let measurement = execution.measurements[source] else { return }
    execution.feed?.append(.state(.queued))
    // It may have run before its context was read again.
    execution.startedAtMs = nil
    for participant in participants(of: id) where participant.state == .running {
      participant.state = .queued
      changed(participant)
    }
    // What was received is kept already.
    guard !measurement.request.input.isReceived else { return }
    let spooling: Interrupt
    do throws(EngineError) { spooling = try Interrupt() } catch { return }  // Read from the tree, then.
    execution.spooling = spooling
    readers.run { [self] in
      let spool = spools.keep(measurement.snapshot) { spooling.isFired }
      onLoop { broker in
        guard let execution = broker.executions[id], execution.startedAtMs == nil, !execution.isOver else { return }
        execution.spool = spool
      }
    }
  }

  private func start(_ id: ExecutionID, source: BuildID) {
    guard let execution = executions[id], let feed = execution.feed,
      let measurement = execution.measurements[source]
    else { return perform(table.executionEnded(id, .failed)) }
    execution.spooling?.fire()
    execution.spooling = nil
    let spool = execution.spool
    execution.spool = nil
    if execution.startedAtMs == nil {
      execution.startedAtMs = wallClockMs()
      feed.append(.state(.running))
    }
    for participant in participants(of: id) {
      participant.state = .running
      participant.startedAtMs = participant.startedAtMs ?? execution.startedAtMs
      changed(participant)
    }
    let run = ExecutionRun(
      id: id, engine: engine, measurement: measurement, spool: spool, feed: feed,
      imagesReady: { [self] images in onLoop { $0.imagesReady(id, images) } })
    runners.run { [self, run] in
      var run = run
      let report = run.run()
      onLoop { $0.ended(id, report) }
    }
  }

  private func imagesReady(_ id: ExecutionID, _ images: [String: String?]) {
    table.imagesReady(id, images)
    executions[id]?.imagesUsed = images
    for build in participants(of: id) { build.inputs?.images = images }
  }

  private func renew(_ id: ExecutionID, source: BuildID) {
    guard let execution = executions[id], let measurement = builds[source.text]?.measurement else { return }
    execution.measurements[source] = measurement
    execution.imagesUsed = nil
    for build in participants(of: id) { remember(measurement, of: build) }
  }

  private func split(_ ids: [BuildID], from former: ExecutionID, to id: ExecutionID) {
    guard let execution = executions[former] else { return }
    let split: ExecutionRecord
    do throws(EngineError) { split = try newExecution(id) } catch {
      for build in ids { builds[build.text]?.error = RPCError(error, endpoint: engine.state.endpoint) }
      return perform(table.executionEnded(id, .failed))
    }
    split.changedPath = execution.changedPath
    split.startedAtMs = execution.startedAtMs
    for build in ids.compactMap({ builds[$0.text] }) {
      execution.builds.removeAll { $0 === build }
      split.builds.append(build)
      build.execution = split
      build.joined = split.builds.count > 1
      changed(build)
    }
    journal.write(.info, "execution split", ["execution": id.text, "from": former.text])
    // Whoever follows one of the builds has read so far, and goes on by number.
    split.feed?.copy(execution.log)
  }

  private func stop(_ id: ExecutionID) {
    guard let execution = executions[id] else { return }
    journal.write(.info, "execution stopping", ["execution": id.text])
    execution.feed?.append(.state(.cancelling))
    execution.feed?.interrupt.fire()
  }

  private func discard(_ id: ExecutionID) {
    guard let execution = executions[id] else { return }
    close(execution, .init(state: .cancelled, error: RPCError(.buildCancelled, "Nobody waited for the build.")))
  }

  /// A runner's last word.
  private func ended(_ id: ExecutionID, _ report: ExecutionRun.Report) {
    guard let execution = executions[id] else { return }
    switch report {
    case .sourceChanged(let path):
      execution.changedPath = path
      execution.feed?.append(
        .warning(
          code: "contextChanged",
          message: "\(path == "." ? "The directory" : path) changed while the context was sent; nothing was built."))
      let actions = table.sourceChanged(id, path: path) { ExecutionID(RandomID.make()) }
      if !actions.contains(where: { $0.runs(id) }) {
        let error = RPCError(ContextError.changed(path: path))
        close(execution, .init(state: .failed, error: traced(error)))
      }
      perform(actions)
    case .succeeded(let imageID, let sizeBytes):
      execution.imageID = imageID
      execution.sizeBytes = sizeBytes
      close(execution, .init(state: .succeeded, imageID: imageID, sizeBytes: sizeBytes))
      perform(table.executionEnded(id, .succeeded))
    case .failed(let error):
      if error.isKind(.engineLost) { engine.doubt() }
      let error = traced(error)
      execution.error = error
      close(execution, .init(state: .failed, error: error))
      perform(table.executionEnded(id, .failed))
    case .stopped(let mayStillRun):
      close(
        execution,
        .init(state: .cancelled, error: traced(RPCError(.buildCancelled, "The build was stopped."))))
      perform(table.executionEnded(id, .stopped(mayStillRun: mayStillRun)))
    }
  }

  /// The last events of the log.
  private func close(_ execution: ExecutionRecord, _ outcome: LogEvent.Outcome) {
    guard let feed = execution.feed else { return }
    feed.append(.state(.ended))
    feed.append(.result(outcome))
    execution.end()
    journal.write(.info, "execution ended", ["execution": execution.id.text, "state": outcome.state.rawValue])
    logAdvanced(execution)
  }

  private func participants(of id: ExecutionID) -> [BuildRecord] {
    table.participants(of: id).compactMap { builds[$0.text] }
  }

  // MARK: Ends

  private func finish(_ id: BuildID, _ end: BuildEnd) {
    guard let build = builds[id.text] else { return }
    build.finishedAtMs = wallClockMs()
    switch end {
    case .succeeded: build.state = .succeeded
    case .publishFailed: build.state = .failed
    case .contextFailed, .executionFailed:
      build.state = .failed
      build.error =
        build.error ?? build.execution?.error ?? RPCError(.internalError, "The build ended without a reason.")
    case .contextChanged(let path):
      build.state = .failed
      build.error = RPCError(ContextError.changed(path: path))
    case .cancelled(.timeout, let mayStillRun):
      build.state = .failed
      build.error = timedOut(build, mayStillRun: mayStillRun)
      build.hasLeft = build.execution.map { !table.participants(of: $0.id).isEmpty } ?? false
    case .cancelled(let leaver, let mayStillRun):
      build.state = .cancelled
      build.error = cancelled(build, by: leaver, mayStillRun: mayStillRun)
      build.hasLeft = build.execution.map { !table.participants(of: $0.id).isEmpty } ?? false
    }
    if var error = build.error {
      error.buildID = id.text
      build.error = traced(error)
    }
    build.measurement = nil
    build.input = nil
    if case .upload(let upload) = build.params.context { uploadTable.buildEnded(of: UploadID(upload)) }
    build.params.registryAuth = []
    journal.write(.info, "build ended", ["build": id.text, "state": build.state.rawValue])
    build.timeLimit.map(loop.cancel)
    build.timeLimit = nil
    attach(build, to: nil)
    changed(build)
    for waiter in build.waiters { answerLogsRead(waiter.request, waiter.session, isTimeOver: false) }
    answerWaiters(of: build)
    remember(build)
  }

  private func cancelled(_ build: BuildRecord, by leaver: Leaver, mayStillRun: Bool) -> RPCError {
    var detail: JSONObject = ["by": .string(leaver.rawValue)]
    detail.put("reason", build.cancelReason)
    if mayStillRun { detail.put("mayStillRun", true) }
    let who =
      switch leaver {
      case .owner: "The build was cancelled."
      case .disconnect: "The build was cancelled because its client went away."
      case .admin: "The build was cancelled by an administrator."
      case .shutdown: "The build was cancelled because the broker shuts down."
      case .timeout: "The build took longer than it was given."
      case .superseded: "The build was cancelled because a newer one takes its place."
      }
    return RPCError(
      .buildCancelled, mayStillRun ? who + " The Engine may still be working on it." : who, detail: detail)
  }
}

extension Broker {
  private func timedOut(_ build: BuildRecord, mayStillRun: Bool) -> RPCError {
    var detail = JSONObject()
    detail.put("timeoutMs", build.params.timeoutMs)
    if mayStillRun { detail.put("mayStillRun", true) }
    return RPCError(
      .buildTimedOut, "The build took longer than the \(build.params.timeoutMs ?? 0) ms it was given.", detail: detail)
  }
}

extension BuildTable.Action {
  /// Whether the execution is going to run, after a second look at a context or at once.
  fileprivate func runs(_ execution: ExecutionID) -> Bool {
    switch self {
    case .start(let started, _): started == execution
    case .measure: true
    case .stopMeasuring, .attach, .enqueue, .renew, .split, .stop, .discard, .publish, .stopPublishing, .end: false
    }
  }
}
