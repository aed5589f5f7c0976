internal import BuildLog
internal import DockerEngine
internal import SwiftDockProtocol
internal import Synchronization

/// Brings what happens in an execution into its log, on whatever thread it happens, and wakes the broker: once for all
/// that came before it looks.
final class ExecutionFeed: Sendable {
  private struct State {
    var stepsDone = 0
    var stepsTotal: Int?
    var times = StepTimes()
    /// The first failure to write; nothing is written after it.
    var failure: BuildLogError?
    var isAwaited = false
    /// The first of them.
    var diagnostics: [Diagnostic] = []
  }

  let log: BuildLog
  let progress = ProgressBoard()
  /// Fired when the execution is to stop, also where its log can no longer be written.
  let interrupt: Interrupt
  /// Diagnostics kept beside the log, which has all of them.
  private static let diagnosticLimit = 100
  private let wake: @Sendable () -> Void
  private let state = Mutex(State())

  init(log: BuildLog, interrupt: Interrupt, wake: @escaping @Sendable () -> Void) {
    self.log = log
    self.interrupt = interrupt
    self.wake = wake
  }

  var steps: (done: Int, total: Int?) { state.withLock { ($0.stepsDone, $0.stepsTotal) } }
  var diagnostics: [Diagnostic] { state.withLock { $0.diagnostics } }
  var failure: BuildLogError? { state.withLock { $0.failure } }

  /// The broker has begun to look: what comes from now on needs another call.
  func seen() { state.withLock { $0.isAwaited = false } }

  func append(_ body: LogEvent.Body) {
    if case .diagnostic(let diagnostic) = body { keep(diagnostic) }
    if case .step(let step) = body { write(.step(timed(step))) } else { write(body) }
    announce()
  }

  /// Begins with all that another log has. To be called before anything is appended.
  func copy(_ other: BuildLog) {
    do throws(BuildLogError) {
      try log.copy(other) { EventRecord.kind(of: $0) == .log }
    } catch {
      state.withLock { $0.failure = error }
      interrupt.fire()
    }
    announce()
  }

  /// How far transfers have come that a step waits for.
  func show(_ items: [ProgressItem], of step: String) {
    guard !items.isEmpty else { return }
    _ = progress.update(items.map { $0.item(of: step) })
    announce()
  }

  private func keep(_ diagnostic: Diagnostic) {
    state.withLock { if $0.diagnostics.count < Self.diagnosticLimit { $0.diagnostics.append(diagnostic) } }
  }

  /// - Parameters:
  ///   - dockerfile: its path; warnings with a place are diagnostics of it.
  ///   - renumber: turns the builder's step ids into the log's.
  func append(_ events: [BuildEvent], dockerfile: String, renumber: (String) -> String) {
    for event in events {
      switch event {
      case .step(let step):
        count(step)
        write(.step(timed(LogEvent.Step(step, id: renumber(step.stepId)))))
      case .log(let line): write(.log(LogEvent.Line(line, id: line.stepId.map(renumber))))
      case .warning(let code, let message, let lines?):
        var diagnostic = Diagnostic(lines, in: dockerfile, source: .engine, message: message)
        diagnostic.severity = .warning
        diagnostic.code = code
        keep(diagnostic)
        write(.diagnostic(diagnostic))
      case .warning(let code, let message, nil): write(.warning(code: code, message: message.clipped(to: 4096)))
      // Not numbered, not kept: nothing that a log could replay.
      case .progress(let item): _ = progress.update([item.renumbered(renumber)])
      }
    }
    announce()
  }

  private func timed(_ step: LogEvent.Step) -> LogEvent.Step {
    state.withLock { $0.times.timed(step, at: .now) }
  }

  private func count(_ step: StepEvent) {
    state.withLock { state in
      // BuildKit counts by stage, and names the stage in brackets: the sum of these is not known before the end.
      if let total = step.total, !step.name.hasPrefix("[") { state.stepsTotal = max(state.stepsTotal ?? 0, total) }
      if step.index != nil, step.state == .done || step.state == .cached { state.stepsDone += 1 }
    }
  }

  private func write(_ body: LogEvent.Body) {
    guard failure == nil else { return }
    let time = wallClockMs()
    let isLine = if case .log = body { true } else { false }
    do throws(BuildLogError) {
      try log.append(isMarked: isLine) { EventRecord.encode(seq: $0, timeMs: time, body) }
    } catch .closed {
      // A word that crossed the end of the execution.
    } catch {
      state.withLock { $0.failure = error }
      interrupt.fire()
    }
  }

  private func announce() {
    let isFirst = state.withLock { state in
      defer { state.isAwaited = true }
      return !state.isAwaited
    }
    if isFirst { wake() }
  }
}

extension ProgressItem {
  fileprivate func item(of step: String) -> ProgressItem {
    var item = self
    item.itemId = "\(step)/\(itemId)"
    return item
  }

  /// Items of a step are named `STEP/…`.
  fileprivate func renumbered(_ renumber: (String) -> String) -> ProgressItem {
    guard let slash = itemId.firstIndex(of: "/") else { return self }
    var item = self
    item.itemId = renumber(String(itemId[..<slash])) + itemId[slash...]
    return item
  }
}

extension LogEvent.Step {
  /// Bytes of a step's name: a `RUN` with a heredoc is named by all of its text.
  private static let nameLimit = 2048

  init(_ step: StepEvent, id: String) {
    let state: State =
      switch step.state {
      case .started: .started
      case .done: .done
      case .cached: .cached
      case .failed: .failed
      case .cancelled: .cancelled
      }
    self.init(
      stepID: id, name: step.name.clipped(to: Self.nameLimit), stage: step.stage?.clipped(to: Self.nameLimit),
      index: step.index, total: step.total, state: state, error: step.error?.clipped(to: 4096),
      durationMs: step.durationMs.map { Int(min($0, Int64(ObjectReader.integers.upperBound))) })
  }
}

extension LogEvent.Line {
  init(_ line: LogLine, id: String?) {
    let stream: Stream =
      switch line.stream {
      case .stdout: .stdout
      case .stderr: .stderr
      case .console: .console
      }
    self.init(stepID: id, stream: stream, bytes: line.bytes, isPartial: line.partial)
  }
}

extension String {
  /// At most `limit` bytes, cut between characters, with an ellipsis where something is missing.
  func clipped(to limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(startIndex, offsetBy: max(0, limit - 3))
    while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
    return String(self[..<end]) + "…"
  }
}
