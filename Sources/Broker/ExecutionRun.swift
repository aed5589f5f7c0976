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
  let measurement: Measurement
  let spool: Spool?
  let feed: ExecutionFeed
  /// Called once every image that the Dockerfile names is in the Engine, with their ids.
  let imagesReady: @Sendable ([String: String?]) -> Void

  private var params: BuildParams { measurement.request.params }
  private var endpoint: String { measurement.request.endpoint }
  private var client: EngineClient { measurement.client }
  private var interrupt: Interrupt { feed.interrupt }

  func run() -> Report {
    warn()
    do throws(RPCError) {
      let pulls = try pullImages()
      return try build(stepOffset: pulls)
    } catch {
      return interrupt.isFired ? stopped(mayStillRun: false) : .failed(error)
    }
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

  // MARK: Images

  /// Pulls what is missing, or with `pull` all; each pull is a step.
  ///
  /// - Returns: how many steps that took.
  private func pullImages() throws(RPCError) -> Int {
    var steps = 0
    var ids = measurement.imageIDs
    for image in measurement.facts.images where params.pull || ids[image.name] == .some(nil) {
      guard image.isPullable else { continue }
      steps += 1
      let step = String(steps)
      let name = "[internal] pull \(image.name)"
      feed.append(.step(LogEvent.Step(stepID: step, name: name, state: .started)))
      do throws(RPCError) {
        try pull(image, step: step)
        ids.updateValue(try find(image), forKey: image.name)
      } catch {
        let state: LogEvent.Step.State = interrupt.isFired ? .cancelled : .failed
        feed.append(.step(LogEvent.Step(stepID: step, name: name, state: state, error: error.message)))
        throw error
      }
      feed.append(.step(LogEvent.Step(stepID: step, name: name, state: .done)))
    }
    imagesReady(ids)
    return steps
  }

  private func find(_ image: DockerfileFacts.Image) throws(RPCError) -> String? {
    do throws(EngineError) { return try client.find(image, interrupt: interrupt)?.id } catch {
      throw RPCError(error, endpoint: endpoint)
    }
  }

  private func pull(_ image: DockerfileFacts.Image, step: String) throws(RPCError) {
    var progress = PullLines()
    do throws(EngineError) {
      _ = try client.createImage(
        image.reference, platform: image.platform,
        auth: image.registry.flatMap { RegistryServer.login(for: $0, among: params.registryAuth) },
        interrupt: interrupt
      ) { events in
        for line in progress.lines(of: events) {
          feed.append(.log(LogEvent.Line(stepID: step, stream: .console, bytes: Array(line.utf8))))
        }
      }
    } catch {
      var failure = RPCError(error, endpoint: endpoint)
      var detail = failure.detail ?? JSONObject()
      detail.put("image", image.reference)
      detail.put("server", image.registry)
      failure.detail = detail
      throw failure
    }
  }

  // MARK: Build

  private func build(stepOffset: Int) throws(RPCError) -> Report {
    var steps = StepPlaces()
    let outcome: BuildOutcome
    do throws(BuildTransferError) {
      outcome = try client.build(
        options, bodySize: measurement.snapshot.tarSize, interrupt: interrupt,
        onEvents: { events in
          steps.note(events)
          feed.append(events) { Self.shift($0, by: stepOffset) }
        },
        body: send)
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
    return try report(outcome, steps, stepOffset)
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

  private func report(_ outcome: BuildOutcome, _ steps: StepPlaces, _ offset: Int) throws(RPCError) -> Report {
    switch outcome {
    case .succeeded(let imageID):
      do throws(EngineError) {
        let image = try client.inspectImage(imageID, interrupt: interrupt)
        return .succeeded(imageID: imageID, sizeBytes: image.map { Int($0.sizeBytes) })
      } catch {
        // The build has ended well; that its image cannot be asked for says something about the Engine only.
        return .succeeded(imageID: imageID, sizeBytes: nil)
      }
    case .interrupted(let mayStillRun): return stopped(mayStillRun: mayStillRun)
    case .lost(let loss): return .failed(RPCError(loss, endpoint: endpoint))
    case .failed(var failure):
      let diagnostics = diagnostics(of: failure, steps, offset)
      failure.stepId = failure.stepId.map { Self.shift($0, by: offset) }
      return .failed(RPCError(failure, diagnostics: diagnostics))
    }
  }

  /// Where in the Dockerfile the failure lies, as far as the Engine's words tell.
  private func diagnostics(of failure: BuildFailure, _ steps: StepPlaces, _ offset: Int) -> [Diagnostic] {
    let facts = measurement.facts
    let path = measurement.snapshot.dockerfile
    if let line = failure.dockerfileLine {
      return [Diagnostic(facts.lines(around: line), in: path, message: failure.message)]
    }
    guard let step = failure.stepId, let place = steps[step],
      let lines = facts.lines(ofStep: place.name, index: place.index, of: place.total)
    else { return [] }
    return [
      Diagnostic(lines, in: path, source: .step, message: failure.message, stepID: Self.shift(step, by: offset))
    ]
  }
}

/// Where the steps of a build stand in its Dockerfile, as the builder counts them.
private struct StepPlaces {
  private var places: [String: (name: String, index: Int, total: Int)] = [:]

  subscript(step: String) -> (name: String, index: Int, total: Int)? { places[step] }

  mutating func note(_ events: [BuildEvent]) {
    for case .step(let step) in events {
      if let index = step.index, let total = step.total { places[step.stepId] = (step.name, index, total) }
    }
  }
}

/// Turns the progress of a pull into lines: one for each layer and each state it comes to, not for each byte count.
private struct PullLines {
  private var last: [String: String] = [:]

  mutating func lines(of events: [BuildEvent]) -> [String] {
    var lines: [String] = []
    for event in events {
      switch event {
      case .progress(let item):
        guard last.updateValue(item.label, forKey: item.itemId) != item.label else { continue }
        lines.append(item.label)
      case .log(let line): lines.append(String(decoding: line.bytes, as: UTF8.self))
      case .step, .warning: break
      }
    }
    return lines
  }
}

extension RPCError {
  init(_ loss: BuildLoss, endpoint: String) {
    let detail: JSONObject = ["endpoint": .string(endpoint), "outcome": "unknown"]
    switch loss {
    case .closed:
      self.init(
        .engineLost, "The Engine ended the connection before the build had ended.",
        hint: "Build again when the Engine is back.", detail: detail)
    case .silent:
      self.init(
        .engineLost, "The Engine has stopped answering in the middle of the build.",
        hint: "See whether the Engine is stopped or overloaded, and build again.", detail: detail)
    case .noResult:
      self.init(
        .engineLost, "The Engine ended the build without naming an image or an error.", hint: "Build again.",
        detail: detail)
    }
  }
}
