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
    var durationMs: Int64?
    var output: StepOutput
    var saidClipped = false
  }

  /// Steps that are told apart; what a build shows beyond them comes without a step.
  static let stepLimit = 16_384
  /// Bytes kept of a name; BuildKit puts whole scripts into it.
  static let nameLimit = 8192

  /// By the digest of the vertex, or the key of the group.
  private var steps: [String: Step] = [:]
  private var groups = VertexGroups(limit: stepLimit)
  /// Keys of steps, in the order they were first shown.
  private var order: [String] = []
  /// What belongs to no step.
  private var outside = StepOutput(step: nil)
  private var lastImageID: String?
  private var finalImageID: String?
  private var failure: BuildFailure?
  private var saidUnreadable = false

  var verdict: StreamVerdict {
    if let failure { return .failed(failure) }
    return (finalImageID ?? lastImageID).map(StreamVerdict.image) ?? .none
  }

  /// A trace that cannot be decoded costs what it would have shown, not the build: how that ends, other records say.
  mutating func accept(_ record: EngineRecord, into events: inout [BuildEvent]) {
    switch record {
    case .trace(let text):
      do throws(TraceError) {
        accept(try TraceDecoder.decode(base64: text.utf8), into: &events)
      } catch {
        guard !saidUnreadable else { return }
        saidUnreadable = true
        events.append(
          .warning(
            code: "progressUnreadable",
            message:
              "Some of what the Engine says about its progress cannot be read (\(error)): output may be missing.",
            lines: nil))
      }
    case .text(let text): outside.append(text.utf8, of: .console, to: &events)
    case .imageID(let id, let isFinal): if isFinal { finalImageID = id } else { lastImageID = id }
    case .status(let status): events.append(PullProgress.event(for: status, step: nil))
    case .error(let message, let code): fail(message, code: code, into: &events)
    case .pushed, .other: break
    }
  }

  /// Steps start before what they print, and end after it.
  mutating func accept(_ trace: BuildTrace, into events: inout [BuildEvent]) {
    // All first: a group has ended when the last of its vertexes has.
    for vertex in trace.vertexes { _ = groups.merging(vertex) }
    let vertexes = trace.vertexes.map { groups.merging($0) }
    for vertex in vertexes { show(vertex, into: &events) }
    for status in trace.statuses { progress(status, into: &events) }
    for log in trace.logs { output(log, into: &events) }
    for warning in trace.warnings { warn(warning, into: &events) }
    for vertex in vertexes { end(vertex, into: &events) }
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
    guard vertex.started != nil || vertex.isCached || vertex.completed != nil, steps[vertex.digest] == nil,
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
    guard vertex.completed != nil || !vertex.error.isEmpty, var step = steps[vertex.digest] else { return }
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
    if state != .cached, let started = vertex.started {
      step.durationMs = vertex.completed?.milliseconds(since: started)
    }
    steps[vertex.digest] = step
    events.append(event(step))
  }

  private func event(_ step: Step) -> BuildEvent {
    .step(
      StepEvent(
        stepId: step.id, name: step.name.name, stage: step.name.stage, index: step.name.index,
        total: step.name.total, state: step.state, error: step.error.isEmpty ? nil : step.error,
        durationMs: step.durationMs))
  }

  private func progress(_ status: BuildTrace.Status, into events: inout [BuildEvent]) {
    guard let step = steps[groups.key(of: status.vertex)] else { return }
    let id = status.id.clipped(to: Self.nameLimit)
    let label = status.name.isEmpty ? id : status.name.clipped(to: Self.nameLimit)
    let counts = status.current > 0 || status.total > 0
    let total = status.total > 0 ? status.total : nil
    // The last word on something that has ended may have been said before its end.
    let current = status.isCompleted ? max(status.current, status.total) : max(0, status.current)
    events.append(
      .progress(
        counts
          ? ProgressItem(itemId: "\(step.id)/\(id)", label: label, current: current, total: total, unit: .bytes)
          : ProgressItem(
            itemId: "\(step.id)/\(id)", label: label, current: status.isCompleted ? 1 : 0, total: 1, unit: .items)))
  }

  private mutating func output(_ log: BuildTrace.Log, into events: inout [BuildEvent]) {
    let stream: LogLine.Stream = log.stream == 2 ? .stderr : log.stream == 1 ? .stdout : .console
    let key = groups.key(of: log.vertex)
    guard let name = steps[key]?.name.name else {
      outside.append(log.message, of: stream, to: &events)
      return
    }
    let first = events.count
    steps[key]?.output.append(log.message, of: stream, to: &events)
    guard steps[key]?.saidClipped == false, let mark = events[first...].lazy.compactMap(ClipMark.init).first else {
      return
    }
    steps[key]?.saidClipped = true
    events.append(mark.warning(ofStep: name))
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
      if failure.kind == .sessionRequired, step.name.name.hasPrefix("[internal] load metadata") {
        failure.kind = .authRequired
      }
      failure.happened(in: step.id, named: step.name.name, after: step.output.recent.texts)
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
