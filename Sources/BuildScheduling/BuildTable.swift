/// Decides which builds share an execution, when executions run, and how builds end. Knows no socket, clock, file or
/// thread: events go in, actions come out, and the shell performs these in order.
///
/// A build goes `receiving` → `waiting`? → `attached` → `publishing`? → gone. The table forgets a build when it ends
/// and an execution when its work has ended and no build is attached; the shell keeps their records.
package struct BuildTable {
  package enum Action: Equatable, Sendable {
    /// Read the build's context and answer with `measured` or `measuringFailed`.
    case measure(BuildID)
    case stopMeasuring(BuildID)
    /// The build has joined the execution, which is new where this build is the first.
    case attach(BuildID, to: ExecutionID, isFirst: Bool)
    /// The execution has to wait for a place: keep its context, which is that of the build.
    case enqueue(ExecutionID, source: BuildID)
    /// Run it with the context of the build; answer with `executionEnded` or `sourceChanged`.
    case start(ExecutionID, source: BuildID)
    /// The context changed: the next `start` has a new one, measured for the build.
    case renew(ExecutionID, source: BuildID)
    /// The builds have an execution of their own from now on, which goes on where the other one is.
    case split([BuildID], from: ExecutionID, to: ExecutionID)
    /// Make the Engine stop. `executionEnded` follows in any case.
    case stop(ExecutionID)
    /// It never ran and nobody wants it any more.
    case discard(ExecutionID)
    /// Apply the build's tags to the result, and push them if it was to; answer with `published`.
    case publish(BuildID)
    /// `published` follows in any case.
    case stopPublishing(BuildID)
    case end(BuildID, BuildEnd)
  }

  package enum Refusal: Error, Equatable, Sendable {
    case draining
    case queueFull(queued: Int, limit: Int)
  }

  package enum CancelAnswer: Equatable, Sendable {
    /// Others go on with the execution, if there is one.
    case left(others: Int)
    /// The build ends when the Engine has stopped.
    case stopping
    case alreadyFinished
  }

  private enum BuildPhase {
    /// Its context is being read. Leaves by `measured` or `measuringFailed`.
    case receiving
    /// An equal execution is being stopped: starts anew when that has ended.
    case waiting(MeasuredBuild, newExecution: ExecutionID)
    case attached(ExecutionID)
    /// It was the last to leave; ends with the execution.
    case leaving(ExecutionID, Leaver)
    /// The work succeeded. Leaves by `published`; `leaver` did not want to wait for that.
    case publishing(leaver: Leaver?)
  }

  private struct Build {
    let owner: UInt32
    var phase: BuildPhase
    /// Its context changed while it was sent, and was read again, which is done once.
    var wasReadAgain = false
  }

  private enum ExecutionPhase: Equatable {
    case queued
    case running
    /// Its context changed; that of the build is being read again. It keeps its place, if it had one.
    case renewing(BuildID)
    /// The Engine was told to stop; nobody may join. Leaves when it has.
    case stopping
  }

  private struct Execution {
    var phase: ExecutionPhase
    var measured: MeasuredBuild
    /// The images as they were before the work, and where it pulled some, as they are now.
    var images: [[String: String?]]
    /// Contexts that may be sent, one for each distinct source, with a build that was measured from it. Builds that
    /// left stay here: what was measured for them is still good.
    var sources: [(source: String, build: BuildID)]
    /// How many of `sources` were tried, the one in use included.
    var tried = 0
    /// In the order they joined.
    var participants: [BuildID] = []
    /// Where each participant's context comes from.
    var sourceOf: [BuildID: String] = [:]
  }

  private let limits: BuildLimits
  private var builds: [BuildID: Build] = [:]
  private var executions: [ExecutionID: Execution] = [:]
  /// Oldest first.
  private var queue: [ExecutionID] = []
  private var joinable: [BuildKey: ExecutionID] = [:]
  /// In the order they came, so that the first of them starts and the others join it.
  private var waiting: [BuildID] = []
  private var isDraining = false

  package init(limits: BuildLimits) { self.limits = limits }

  // MARK: Questions

  package var isIdle: Bool { builds.isEmpty && executions.isEmpty }

  package var counts: (receiving: Int, queued: Int, running: Int) {
    let receiving = builds.values.count { if case .receiving = $0.phase { true } else { false } }
    return (receiving, queue.count, executions.count - queue.count)
  }

  package var unfinished: [BuildID] { Array(builds.keys) }

  package func participants(of execution: ExecutionID) -> [BuildID] { executions[execution]?.participants ?? [] }

  /// 1 for the one that starts next; nil where it does not wait.
  package func position(of execution: ExecutionID) -> Int? { queue.firstIndex(of: execution).map { $0 + 1 } }

  package var queuedExecutions: [ExecutionID] { queue }

  // MARK: A build's way in

  package mutating func requested(_ build: BuildID, by owner: UInt32) throws(Refusal) -> [Action] {
    precondition(builds[build] == nil, "build ids are used once")
    guard !isDraining else { throw .draining }
    let waitingNow = builds.values.count { $0.owner == owner && isWaiting($0) }
    guard waitingNow < limits.waitingPerOwner else {
      throw .queueFull(queued: waitingNow, limit: limits.waitingPerOwner)
    }
    guard builds.count < limits.unfinished else {
      throw .queueFull(queued: builds.count, limit: limits.unfinished)
    }
    builds[build] = Build(owner: owner, phase: .receiving)
    return [.measure(build)]
  }

  private func isWaiting(_ build: Build) -> Bool {
    switch build.phase {
    case .receiving, .waiting: true
    case .attached(let execution): executions[execution]?.phase == .queued
    case .leaving, .publishing: false
    }
  }

  /// - Parameter newExecution: an id that was never used, taken where the build starts work of its own.
  package mutating func measured(
    _ build: BuildID, _ measured: MeasuredBuild, newExecution: ExecutionID
  ) -> [Action] {
    if let renewed = renewing(for: build) { return renew(renewed, with: measured, from: build) }
    // A cancel may cross the end of the walk.
    guard case .receiving? = builds[build]?.phase else { return [] }
    return place(build, measured, newExecution)
  }

  package mutating func measuringFailed(_ build: BuildID) -> [Action] {
    if let renewed = renewing(for: build) { return finish(renewed, everybody: .contextFailed) }
    guard case .receiving? = builds[build]?.phase else { return [] }
    return [end(build, .contextFailed)]
  }

  /// Joins, waits for a stopping equal, or makes a new execution.
  private mutating func place(_ build: BuildID, _ measured: MeasuredBuild, _ new: ExecutionID) -> [Action] {
    if measured.isShared, let other = joinable[measured.key], let execution = executions[other] {
      if execution.phase == .stopping {
        builds[build]?.phase = .waiting(measured, newExecution: new)
        waiting.append(build)
        return []
      }
      if canJoin(execution, measured) { return [attach(build, to: other, measured)] }
    }
    executions[new] = Execution(phase: .queued, measured: measured, images: [measured.images], sources: [])
    if measured.isShared { joinable[measured.key] = new }
    let attached = attach(build, to: new, measured)
    queue.append(new)
    let started = startQueued()
    if case .start(new, _)? = started.first { return [attached] + started }
    return [attached, .enqueue(new, source: build)] + started
  }

  private func canJoin(_ execution: Execution, _ measured: MeasuredBuild) -> Bool {
    switch execution.phase {
    case .queued: break
    case .running: guard !measured.needsFresh else { return false }
    case .renewing, .stopping: return false
    }
    return execution.images.contains(measured.images)
  }

  private mutating func attach(_ build: BuildID, to execution: ExecutionID, _ measured: MeasuredBuild) -> Action {
    let isFirst = executions[execution]?.participants.isEmpty ?? false
    builds[build]?.phase = .attached(execution)
    executions[execution]?.participants.append(build)
    executions[execution]?.sourceOf[build] = measured.source
    if executions[execution]?.sources.contains(where: { $0.source == measured.source }) == false {
      executions[execution]?.sources.append((measured.source, build))
    }
    return .attach(build, to: execution, isFirst: isFirst)
  }

  private mutating func startQueued() -> [Action] {
    var actions: [Action] = []
    while let next = queue.first, executions.count - queue.count < limits.running {
      queue.removeFirst()
      executions[next]?.phase = .running
      executions[next]?.tried = 1
      if let source = executions[next]?.sources.first?.build { actions.append(.start(next, source: source)) }
    }
    return actions
  }

  // MARK: An execution's way

  /// The images that the execution uses, once it has pulled what was missing.
  package mutating func imagesReady(_ execution: ExecutionID, _ images: [String: String?]) {
    guard executions[execution]?.images.contains(images) == false else { return }
    executions[execution]?.images.append(images)
  }

  /// What was sent is not what was measured, so nothing was built. The next participant's own context is used. After
  /// the last of them each source is read again, but not a second time for the same build: the first goes on here, the
  /// others, which may not say the same any more, in executions of their own.
  /// - Parameter newExecution: makes ids that were never used.
  package mutating func sourceChanged(
    _ id: ExecutionID, path: String, newExecution: () -> ExecutionID
  ) -> [Action] {
    guard let execution = executions[id] else { return [] }
    // The stop and the change crossed: the work has ended either way.
    if execution.phase == .stopping { return executionEnded(id, .stopped(mayStillRun: false)) }
    if execution.tried < execution.sources.count {
      executions[id]?.tried += 1
      return [.start(id, source: execution.sources[execution.tried].build)]
    }
    let entitled = execution.participants.filter { builds[$0]?.wasReadAgain == false }
    guard let first = entitled.first else { return finish(id, everybody: .contextChanged(path: path)) }
    unshare(id)
    var actions: [Action] = []
    var left = execution.participants
    for build in entitled {
      guard left.contains(build) else { continue }
      let source = execution.sourceOf[build]
      let group = left.filter { execution.sourceOf[$0] == source }
      left.removeAll { group.contains($0) }
      for build in group { builds[build]?.wasReadAgain = true }
      if build == first {
        executions[id]?.phase = .renewing(first)
        executions[id]?.participants = group
        actions.append(.measure(first))
      } else {
        actions += split(group, from: execution, id, to: newExecution())
      }
    }
    return actions + left.map { end($0, .contextChanged(path: path)) }
  }

  private mutating func split(
    _ group: [BuildID], from former: Execution, _ id: ExecutionID, to new: ExecutionID
  ) -> [Action] {
    executions[new] = Execution(
      phase: .renewing(group[0]), measured: former.measured, images: former.images, sources: [], participants: group,
      sourceOf: former.sourceOf.filter { group.contains($0.key) })
    for build in group { builds[build]?.phase = .attached(new) }
    return [.split(group, from: id, to: new), .measure(group[0])]
  }

  private func renewing(for build: BuildID) -> ExecutionID? {
    executions.first { $0.value.phase == .renewing(build) }?.key
  }

  private mutating func renew(_ id: ExecutionID, with measured: MeasuredBuild, from build: BuildID) -> [Action] {
    executions[id]?.measured = measured
    executions[id]?.images = [measured.images]
    executions[id]?.sources = [(measured.source, build)]
    executions[id]?.tried = 1
    if measured.isShared, joinable[measured.key] == nil { joinable[measured.key] = id }
    let renewed = Action.renew(id, source: build)
    if executions.count - queue.count <= limits.running {
      executions[id]?.phase = .running
      return [renewed, .start(id, source: build)]
    }
    // More are read again than had places. It has waited already.
    executions[id]?.phase = .queued
    queue.insert(id, at: 0)
    return [renewed, .enqueue(id, source: build)] + startQueued()
  }

  package mutating func executionEnded(_ id: ExecutionID, _ end: ExecutionEnd) -> [Action] {
    guard let execution = executions[id] else { return [] }
    var actions: [Action] = []
    switch end {
    case .succeeded:
      for build in execution.participants {
        builds[build]?.phase = .publishing(leaver: nil)
        actions.append(.publish(build))
      }
      actions += forget(id, mayStillRun: false)
    case .failed: actions = finish(id, everybody: .executionFailed)
    case .stopped(let mayStillRun):
      // Whoever is still attached did not ask for the stop, and its work has failed all the same.
      for build in execution.participants { actions.append(self.end(build, .executionFailed)) }
      actions += forget(id, mayStillRun: mayStillRun)
    }
    return actions
  }

  private mutating func finish(_ id: ExecutionID, everybody end: BuildEnd) -> [Action] {
    let participants = executions[id]?.participants ?? []
    return participants.map { self.end($0, end) } + forget(id, mayStillRun: false)
  }

  /// Its work has ended: ends those who waited for that, and gives its place away.
  private mutating func forget(_ id: ExecutionID, mayStillRun: Bool) -> [Action] {
    unshare(id)
    executions[id] = nil
    queue.removeAll { $0 == id }
    var actions: [Action] = []
    for (build, state) in builds {
      guard case .leaving(id, let leaver) = state.phase else { continue }
      actions.append(end(build, .cancelled(by: leaver, mayStillRun: mayStillRun)))
    }
    actions += placeWaiting()
    return actions + startQueued()
  }

  private mutating func unshare(_ id: ExecutionID) {
    guard let key = executions[id]?.measured.key, joinable[key] == id else { return }
    joinable[key] = nil
  }

  private mutating func placeWaiting() -> [Action] {
    let candidates = waiting
    waiting = []
    var actions: [Action] = []
    for build in candidates {
      guard case .waiting(let measured, let new)? = builds[build]?.phase else { continue }
      actions += place(build, measured, new)
    }
    return actions
  }

  // MARK: Ways out

  package mutating func cancelled(_ build: BuildID, by leaver: Leaver) -> (CancelAnswer, [Action]) {
    switch builds[build]?.phase {
    case nil: return (.alreadyFinished, [])
    case .publishing(leaver: .some): return (.stopping, [])
    case .publishing(leaver: nil):
      builds[build]?.phase = .publishing(leaver: leaver)
      return (.stopping, [.stopPublishing(build)])
    case .receiving:
      return (.left(others: 0), [.stopMeasuring(build), end(build, .cancelled(by: leaver, mayStillRun: false))])
    case .waiting:
      waiting.removeAll { $0 == build }
      return (.left(others: 0), [end(build, .cancelled(by: leaver, mayStillRun: false))])
    case .leaving: return (.stopping, [])
    case .attached(let id): return leave(build, id, leaver)
    }
  }

  private mutating func leave(_ build: BuildID, _ id: ExecutionID, _ leaver: Leaver) -> (CancelAnswer, [Action]) {
    executions[id]?.participants.removeAll { $0 == build }
    guard let execution = executions[id] else { return (.alreadyFinished, []) }
    guard execution.participants.isEmpty else {
      return (
        .left(others: execution.participants.count), [end(build, .cancelled(by: leaver, mayStillRun: false))]
      )
    }
    switch execution.phase {
    case .queued:
      let ended = end(build, .cancelled(by: leaver, mayStillRun: false))
      return (.left(others: 0), [ended, .discard(id)] + forget(id, mayStillRun: false))
    case .renewing(let measuring):
      let ended = end(build, .cancelled(by: leaver, mayStillRun: false))
      return (.left(others: 0), [.stopMeasuring(measuring), ended, .discard(id)] + forget(id, mayStillRun: false))
    case .running:
      builds[build]?.phase = .leaving(id, leaver)
      executions[id]?.phase = .stopping
      return (.stopping, [.stop(id)])
    case .stopping: return (.stopping, [])
    }
  }

  package mutating func published(_ build: BuildID, succeeded: Bool) -> [Action] {
    guard case .publishing(let leaver)? = builds[build]?.phase else { return [] }
    // A stop that came too late changes nothing about a build that is complete.
    if let leaver, !succeeded { return [end(build, .cancelled(by: leaver, mayStillRun: false))] }
    return [end(build, succeeded ? .succeeded : .publishFailed)]
  }

  private mutating func end(_ build: BuildID, _ end: BuildEnd) -> Action {
    builds[build] = nil
    return .end(build, end)
  }

  // MARK: Shutdown

  /// New builds are refused from now on; those that are there go on.
  package mutating func drain() { isDraining = true }

  /// Every build leaves.
  package mutating func cancelAll(by leaver: Leaver) -> [Action] {
    // Ordered, so that what is decided does not depend on how a dictionary iterates.
    builds.keys.sorted { $0.text < $1.text }.flatMap { cancelled($0, by: leaver).1 }
  }
}
