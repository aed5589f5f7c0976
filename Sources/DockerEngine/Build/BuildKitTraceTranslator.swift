/// Turns the records of a BuildKit build into events. One value a build.
///
/// A vertex becomes a step when it first starts or is found in the cache (buildkit `util/progress/progressui` shows
/// them so); what is only announced is not shown. The first end of a step holds, save that it may still fail: BuildKit
/// runs some vertices again. An error of a vertex is not yet a failed build: a cache that cannot be imported is one.
struct BuildKitTraceTranslator {
  private struct Step {
    let id: String
    let name: VertexName
    var state: StepEvent.State
    var error = ""
    var output: StepOutput
    var saidClipped = false
  }

  /// Steps that are told apart; what a build shows beyond them comes without a step.
  static let stepLimit = 16_384
  /// Bytes kept of a name; BuildKit puts whole scripts into it.
  static let nameLimit = 8192

  private var steps: [String: Step] = [:]
  /// Digests of steps, in the order they were first shown.
  private var order: [String] = []
  /// What belongs to no step.
  private var outside = StepOutput(step: nil)
  private var lastImageID: String?
  private var finalImageID: String?
  private var failure: BuildFailure?

  var verdict: StreamVerdict {
    if let failure { return .failed(failure) }
    return (finalImageID ?? lastImageID).map(StreamVerdict.image) ?? .none
  }

  /// - Throws: `TraceError` where a trace cannot be decoded.
  mutating func accept(_ record: EngineRecord, into events: inout [BuildEvent]) throws(TraceError) {
    switch record {
    case .trace(let text): accept(try TraceDecoder.decode(base64: text.utf8), into: &events)
    case .text(let text): outside.append(text.utf8, of: .console, to: &events)
    case .imageID(let id, let isFinal): if isFinal { finalImageID = id } else { lastImageID = id }
    case .status(let status): events.append(PullProgress.event(for: status, step: nil))
    case .error(let message, let code): fail(message, code: code, into: &events)
    case .pushed, .other: break
    }
  }

  /// Steps start before what they print, and end after it.
  mutating func accept(_ trace: BuildTrace, into events: inout [BuildEvent]) {
    for vertex in trace.vertexes { show(vertex, into: &events) }
    for status in trace.statuses { progress(status, into: &events) }
    for log in trace.logs { output(log, into: &events) }
    for warning in trace.warnings { warn(warning, into: &events) }
    for vertex in trace.vertexes { end(vertex, into: &events) }
  }

  /// Hands out what there is of unfinished lines.
  mutating func flushPartials(into events: inout [BuildEvent]) {
    for digest in order { steps[digest]?.output.flush(to: &events) }
    outside.flush(to: &events)
  }

  /// The stream has ended.
  mutating func finish(into events: inout [BuildEvent]) {
    for digest in order { steps[digest]?.output.finish(to: &events) }
    outside.finish(to: &events)
  }

  private mutating func show(_ vertex: BuildTrace.Vertex, into events: inout [BuildEvent]) {
    guard vertex.isStarted || vertex.isCached || vertex.isCompleted, steps[vertex.digest] == nil,
      order.count < Self.stepLimit
    else { return }
    order.append(vertex.digest)
    let isCached = vertex.isCached && vertex.error.isEmpty
    let id = String(order.count)
    let step = Step(
      id: id, name: VertexName(vertex.name.clipped(to: Self.nameLimit)), state: isCached ? .cached : .started,
      output: StepOutput(step: id))
    steps[vertex.digest] = step
    events.append(event(step))
  }

  private mutating func end(_ vertex: BuildTrace.Vertex, into events: inout [BuildEvent]) {
    guard vertex.isCompleted || !vertex.error.isEmpty, var step = steps[vertex.digest] else { return }
    let state: StepEvent.State =
      if vertex.error.isEmpty {
        vertex.isCached ? .cached : .done
      } else {
        vertex.error.hasSuffix("context canceled") ? .cancelled : .failed
      }
    switch (step.state, state) {
    case (.started, _), (.done, .failed), (.done, .cancelled), (.cached, .failed), (.cached, .cancelled): break
    default: return
    }
    step.output.finish(to: &events)
    step.state = state
    step.error = vertex.error.clipped(to: EngineText.limit)
    steps[vertex.digest] = step
    events.append(event(step))
  }

  private func event(_ step: Step) -> BuildEvent {
    .step(
      StepEvent(
        stepId: step.id, name: step.name.name, index: step.name.index, total: step.name.total, state: step.state,
        error: step.error.isEmpty ? nil : step.error))
  }

  private func progress(_ status: BuildTrace.Status, into events: inout [BuildEvent]) {
    guard let step = steps[status.vertex] else { return }
    let label = status.id.clipped(to: Self.nameLimit)
    let counts = status.current > 0 || status.total > 0
    events.append(
      .progress(
        ProgressItem(
          itemId: "\(step.id)/\(label)", label: label,
          current: counts ? max(0, status.current) : (status.isCompleted ? 1 : 0),
          total: counts ? (status.total > 0 ? status.total : nil) : 1, unit: counts ? .bytes : .items)))
  }

  private mutating func output(_ log: BuildTrace.Log, into events: inout [BuildEvent]) {
    let stream: LogLine.Stream = log.stream == 2 ? .stderr : log.stream == 1 ? .stdout : .console
    guard let id = steps[log.vertex]?.id else {
      outside.append(log.message, of: stream, to: &events)
      return
    }
    let first = events.count
    steps[log.vertex]?.output.append(log.message, of: stream, to: &events)
    guard steps[log.vertex]?.saidClipped == false, events[first...].contains(where: Self.isClipMark) else { return }
    steps[log.vertex]?.saidClipped = true
    events.append(
      .warning(
        code: "outputClipped", message: "the Engine left out part of the output of step \(id): it was too much",
        lines: nil))
  }

  /// The line that BuildKit puts where it leaves output out (`util/progress/logs`).
  private static func isClipMark(_ event: BuildEvent) -> Bool {
    guard case .log(let line) = event else { return false }
    return line.bytes.starts(with: "[output clipped, log limit ".utf8)
  }

  /// Warnings of the Dockerfile's checks begin with the name of the rule: `JSONArgsRecommended: JSON arguments …`.
  private func warn(_ warning: BuildTrace.Warning, into events: inout [BuildEvent]) {
    var message = warning.short.clipped(to: Self.nameLimit)
    var code = "engineWarning"
    let rule = message.prefix { $0.isASCII && $0.isLetter }
    if let first = rule.first, first.isUppercase, message[rule.endIndex...].hasPrefix(": ") {
      code = String(rule)
      message = String(message.dropFirst(rule.count + 2))
    }
    if !warning.url.isEmpty { message += " (\(warning.url.clipped(to: 1024)))" }
    events.append(.warning(code: code, message: message, lines: warning.lines))
  }

  private mutating func fail(_ message: String, code: Int?, into events: inout [BuildEvent]) {
    var failure = BuildFailure(engineText: message, code: code == 0 ? nil : code)
    if let digest = failedStep(named: message), var step = steps[digest] {
      step.output.finish(to: &events)
      steps[digest] = step
      failure.stepId = step.id
      failure.stepName = step.name.name
      failure.lastLines = step.output.recent.texts
      if failure.kind == .engine { failure.kind = .step }
      if failure.kind == .sessionRequired, step.name.name.hasPrefix("[internal] load metadata") {
        failure.kind = .authRequired
      }
    }
    self.failure = failure
  }

  /// The failed step whose error the message repeats, else the only one there is.
  private func failedStep(named message: String) -> String? {
    let failed = order.filter { steps[$0]?.state == .failed }
    let named = failed.last { steps[$0].map { message.contains($0.error) } ?? false }
    return named ?? (failed.count == 1 ? failed.first : nil)
  }
}
