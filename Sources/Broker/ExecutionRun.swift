internal import BuildContext
internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// The work of one execution, from the images it needs to the image it makes: a straight story, told on a thread of its
/// own.
struct ExecutionRun: Sendable {
  /// How it ended, for the broker.
  enum Report: Sendable {
    case succeeded(imageID: String, sizeBytes: Int?)
    case failed(RPCError)
    /// It was told to stop.
    case stopped(mayStillRun: Bool)
    /// The tree is not what was measured, and nothing was built.
    case sourceChanged(path: String)
  }

  let id: ExecutionID
  let engine: EngineLink
  /// What was found in the Engine that was there then.
  private(set) var measurement: Measurement
  let spool: Spool?
  let feed: ExecutionFeed
  /// Called once every image that the Dockerfile names is in the Engine, with their ids.
  let imagesReady: @Sendable ([String: String?]) -> Void

  private var params: BuildParams { measurement.request.params }
  private var endpoint: String { measurement.request.endpoint }
  private var client: EngineClient { measurement.client }
  private var interrupt: Interrupt { feed.interrupt }

  init(
    id: ExecutionID, engine: EngineLink, measurement: Measurement, spool: Spool?, feed: ExecutionFeed,
    imagesReady: @escaping @Sendable ([String: String?]) -> Void
  ) {
    self.id = id
    self.engine = engine
    self.measurement = measurement
    self.spool = spool
    self.feed = feed
    self.imagesReady = imagesReady
  }

  mutating func run() -> Report {
    warn()
    let report = work()
    if case .failed(let error) = report { for found in error.diagnostics { feed.append(.diagnostic(found)) } }
    return report
  }

  private mutating func work() -> Report {
    do throws(RPCError) {
      try takeThePresentEngine()
      var images = ImagePulls(measurement, feed)
      try images.run()
      imagesReady(images.ids)
      return try build(images.facts, PinnedDockerfile(measurement, images)?.file, stepOffset: images.steps)
    } catch {
      return interrupt.isFired ? stopped(mayStillRun: false) : .failed(error)
    }
  }

  /// The Engine may have been started again while the build waited.
  private mutating func takeThePresentEngine() throws(RPCError) {
    var present = try engine.connect(interrupt: interrupt)
    present.hasEnded = engine.endOfPresent
    guard present.identity == client.identity else {
      throw RPCError(
        .engineLost,
        "Another Engine (\(present.identity.serverVersion)) has taken the place of that which the build was meant for "
          + "(\(client.identity.serverVersion)).",
        hint: "Build again.",
        detail: ["endpoint": .string(endpoint), "outcome": .string(EngineOutcome.failed.rawValue)])
    }
    measurement.client = present
  }

  private func warn() {
    guard params.dockerfileText != nil, params.context != .inline, measurement.builder == .buildKit else { return }
    feed.append(
      .warning(
        code: "dockerfileVisible",
        message: "The Dockerfile is \(measurement.snapshot.dockerfile) in the context, where COPY . sees it."))
  }

  /// It was the broker that stopped it, or a log that cannot be written.
  private func stopped(mayStillRun: Bool) -> Report {
    if let failure = feed.failure { return .failed(RPCError(failure)) }
    return .stopped(mayStillRun: mayStillRun)
  }

  // MARK: Build

  /// - Parameters:
  ///   - facts: with the triggers of all images.
  ///   - dockerfile: that is to be used instead of the context's own.
  private func build(
    _ facts: DockerfileFacts, _ dockerfile: LeadingFile?, stepOffset: Int
  ) throws(RPCError) -> Report {
    var steps = StepPlaces()
    var options = self.options
    if let dockerfile { options.dockerfile = dockerfile.name }
    let leading = dockerfile?.bytes ?? []
    let outcome: BuildOutcome
    let start = BuildStart()
    do throws(BuildTransferError) {
      outcome = try client.build(
        options, bodySize: Int64(leading.count) + measurement.snapshot.tarSize, interrupt: interrupt,
        onEvents: { events in
          let events = events.map { Self.placed($0, by: facts, measurement.builder) }
          steps.note(events)
          feed.append(events, dockerfile: measurement.snapshot.dockerfile) { Self.shift($0, by: stepOffset) }
        },
        body: { sink in
          try leading.withUnsafeBytes { try sink($0) }
          try send(to: sink)
        })
    } catch {
      switch error {
      case .engine(let error): throw RPCError(error, endpoint: endpoint)
      case .body where interrupt.isFired: return stopped(mayStillRun: false)
      case .body(let error as SpoolError):
        throw RPCError(.internalError, "The context's spool cannot be read: \(Errno.text(error.errno)).")
      case .body(let error as ContextError) where measurement.request.input.isReceived: throw RPCError(error)
      case .body(let error): return .sourceChanged(path: Self.path(of: error))
      }
    }
    return try report(outcome, since: start, facts, steps, stepOffset)
  }

  private func send(to sink: BodySink) throws {
    if let spool { return try spool.send(to: sink) }
    do throws(ContextTransferError<UploadStopped>) {
      try measurement.snapshot.writeTar(to: sink, interrupted: { interrupt.isFired })
    } catch {
      switch error {
      case .sink(let stopped): throw stopped
      case .context(let error): throw error
      }
    }
  }

  private static func path(of error: any Error) -> String {
    switch error as? ContextError {
    case .changed(let path)?, .unreadable(let path, _)?: path
    // Of the context's own directory, which is one caller's and not to be told to all.
    case .some, .none: "."
    }
  }

  /// Says of a step what the builder does not: the classic one which stage it is in, BuildKit how many there are with
  /// the triggers of the base image.
  private static func placed(_ event: BuildEvent, by facts: DockerfileFacts, _ builder: DockerEngine.Builder)
    -> BuildEvent
  {
    guard case .step(var step) = event, let index = step.index, let total = step.total else { return event }
    switch builder {
    case .classic: step.stage = facts.stage(ofClassicStep: index)
    case .buildKit: step.total = max(total + facts.triggerCount(ofStep: step.name), index)
    }
    return .step(step)
  }

  /// Steps of the builder come after those of the pulls.
  private static func shift(_ step: String, by offset: Int) -> String {
    guard offset > 0, let number = Int(step) else { return step }
    return String(number + offset)
  }

  private var options: BuildOptions {
    var options = BuildOptions(
      builder: measurement.builder, buildID: id.text, dockerfile: measurement.snapshot.dockerfile)
    options.buildArgs = Dictionary(params.buildArgs.map { ($0.name, $0.value as String?) }) { _, last in last }
    options.labels = Dictionary(params.labels.map { ($0.name, $0.value) }) { _, last in last }
    options.target = params.target
    options.platform = params.platform
    options.noCache = params.noCache
    options.extraHosts = params.extraHosts
    options.cacheFrom = params.cacheFrom
    options.network =
      switch measurement.request.network {
      case .default: .default
      case .none: .none
      case .host: .host
      }
    return options
  }

  private func report(
    _ outcome: BuildOutcome, since start: BuildStart, _ facts: DockerfileFacts, _ steps: StepPlaces, _ offset: Int
  ) throws(RPCError) -> Report {
    switch outcome {
    case .succeeded(let imageID):
      do throws(EngineError) {
        let image = try client.inspectImage(imageID, interrupt: interrupt)
        if let image, let error = misfit(image, facts) { return .failed(error) }
        return .succeeded(imageID: imageID, sizeBytes: image.map { Int($0.sizeBytes) })
      } catch {
        // The build has ended well; that its image cannot be asked for says something about the Engine only.
        return .succeeded(imageID: imageID, sizeBytes: nil)
      }
    case .interrupted(let mayStillRun): return stopped(mayStillRun: mayStillRun)
    case .lost(let loss, let containers):
      engine.leave(containers, ofBuildSince: start)
      return .failed(RPCError(loss, endpoint: endpoint))
    case .failed(var failure):
      let step = failure.stepId.flatMap { steps[$0] }
      failure.stepId = failure.stepId.map { Self.shift($0, by: offset) }
      let diagnosis = FailureDiagnosis(
        failure, in: step, facts, dockerfile: measurement.snapshot.dockerfile, lineRemoving: lineRemoving)
      var error = RPCError(failure, diagnostics: diagnosis.diagnostics)
      error.tell(diagnosis)
      if let image = failure.image { error.tell(of: image, among: params.registryAuth) }
      if failure.kind == .authRequired, measurement.builder == .buildKit {
        error.hint =
          "BuildKit asked the registry itself, with no login: the Engine has no copy of the image for the platform of the "
          + "build. Name the image's platform, or use the classic builder."
      }
      return .failed(error)
    }
  }

  /// The caches of the classic builder and of Podman do not tell platforms apart in what is built from nothing.
  private func misfit(_ image: ImageSummary, _ facts: DockerfileFacts) -> RPCError? {
    guard let platform = params.platform, measurement.builder == .classic,
      !facts.suitsTarget(os: image.os, architecture: image.architecture, variant: image.variant)
    else { return nil }
    return RPCError(
      .featureUnsupported,
      "The builder's cache gave an image for \(image.os)/\(image.architecture) where \(platform.clipped(to: 200)) was asked "
        + "for.",
      hint: "Build without the cache (noCache), or with BuildKit.", detail: ["feature": "platform"])
  }

  /// Nothing where the ignore file cannot be asked: it was read before the build, and complained of then.
  private func lineRemoving(_ path: String) -> FailureDiagnosis.RemovingLine? {
    guard let file = measurement.snapshot.ignoreFile else { return nil }
    do throws(ContextError) {
      return try measurement.snapshot.lineRemoving(path).map {
        FailureDiagnosis.RemovingLine(file: file, number: $0.number, pattern: $0.text)
      }
    } catch { return nil }
  }
}

/// Where the steps of a build stand in its Dockerfile, as the builder counts them.
private struct StepPlaces {
  private var places: [String: FailureDiagnosis.Step] = [:]

  subscript(step: String) -> FailureDiagnosis.Step? { places[step] }

  mutating func note(_ events: [BuildEvent]) {
    for case .step(let step) in events {
      guard let index = step.index, let total = step.total else { continue }
      places[step.stepId] = FailureDiagnosis.Step(name: step.name, index: index, total: total)
    }
  }
}

extension RPCError {
  init(_ loss: BuildLoss, endpoint: String) {
    let outcome = loss == .unfinishedContext ? EngineOutcome.failed : .unknown
    let detail: JSONObject = ["endpoint": .string(endpoint), "outcome": .string(outcome.rawValue)]
    switch loss {
    case .closed:
      self.init(
        .engineLost, "The Engine ended the connection before the build had ended.",
        hint: "Build again when the Engine is back.", detail: detail)
    case .silent:
      self.init(
        .engineLost, "The Engine has stopped answering in the middle of the build.",
        hint: "See whether the Engine is stopped or overloaded, and build again.", detail: detail)
    case .unfinishedContext:
      self.init(
        .engineLost, "The Engine went away, or stopped answering, before it had the whole context.",
        hint: "Build again when the Engine is back.", detail: detail)
    case .stepEndedWithEngine:
      self.init(
        .engineLost, "The Engine ended, and the build's last step with it.",
        hint: "Build again when the Engine is back.", detail: detail)
    case .noResult:
      self.init(
        .engineLost, "The Engine ended the build without naming an image or an error.", hint: "Build again.",
        detail: detail)
    }
  }
}
