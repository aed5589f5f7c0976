internal import SwiftDockProtocol

/// Turns events into the lines that docker's plain progress has: `#7 [2/5] RUN make`, `#7 0.412 text`, `#7 DONE 1.2s`,
/// `#7 CACHED`, `#7 ERROR: …`. Steps are numbered in the order in which they first appear; where two take turns, the
/// one left is marked with `#7 ...` and the one gone on with is named again.
struct PlainProgress {
  private struct Step {
    let number: Int
    let title: String
    let startMs: Int
  }

  private struct Source: Equatable {
    let stepID: String?
    let stream: LogEvent.Line.Stream
  }

  /// Those that have not ended.
  private var steps: [String: Step] = [:]
  private var ended: Set<String> = []
  private var transfers = TransferProgress()
  private var lastNumber = 0
  /// The step that the last line was about.
  private var current: String?
  /// Whose line was written without its end.
  private var openLine: Source?
  private var hasWritten = false
  private var out: [UInt8] = []

  /// What is to be written for the event; may end within a line.
  mutating func render(_ event: LogEvent) -> [UInt8] {
    switch event {
    case .gap(let gap):
      leaveStep()
      line("[events \(gap.fromSeq) to \(gap.toSeq), \(ByteCount.text(gap.bytes)), are not kept any more]")
    case .entry(_, let timeMs, .step(let step)):
      render(step, timeMs)
    case .entry(_, let timeMs, .log(let text)):
      render(text, timeMs)
    case .entry(_, _, .diagnostic(let diagnostic)) where diagnostic.severity != .error:
      leaveStep()
      line("\(diagnostic.path):\(diagnostic.start.line + 1): \(diagnostic.severity): \(diagnostic.message)")
    case .entry(_, _, .warning(_, let message)):
      leaveStep()
      line("WARNING: \(message)")
    case .entry(_, _, .state), .entry(_, _, .diagnostic), .entry(_, _, .result), .entry(_, _, .unknown):
      break
    }
    return taken()
  }

  /// What is to be written for how far a transfer is: nothing at all for most of what is told of it. Items of a step are
  /// named `STEP/…`, those of a push `TAG/…`.
  mutating func render(_ item: BuildProgress.Item) -> [UInt8] {
    let step = String(item.itemID.prefix { $0 != "/" })
    guard !ended.contains(step), let text = transfers.text(item) else { return [] }
    if let known = steps[step] {
      turn(to: step)
      line("#\(known.number) \(text)")
    } else {
      leaveStep()
      let slash = item.itemID.lastIndex(of: "/")
      line((slash.map { item.itemID[..<$0] + ": " } ?? "") + text)
    }
    return taken()
  }

  /// What ends a line that was left open, before somebody else writes.
  mutating func closeLine() -> [UInt8] {
    endOpenLine()
    return taken()
  }

  private mutating func render(_ step: LogEvent.Step, _ timeMs: Int) {
    if steps[step.stepID] == nil { begin(step.stepID, title: Self.title(of: step), timeMs) }
    turn(to: step.stepID)
    guard let known = steps[step.stepID] else { return }
    let number = known.number
    switch step.state {
    case .started: return
    case .done: line("#\(number) DONE \(ElapsedTime.seconds(ms: step.durationMs ?? timeMs - known.startMs))s")
    case .cached: line("#\(number) CACHED")
    case .failed: line("#\(number) ERROR: \(step.error ?? "failed")")
    case .cancelled: line("#\(number) CANCELED")
    }
    steps[step.stepID] = nil
    ended.insert(step.stepID)
    current = nil
  }

  private mutating func render(_ text: LogEvent.Line, _ timeMs: Int) {
    let source = Source(stepID: text.stepID, stream: text.stream)
    if openLine != source {
      if let id = text.stepID {
        if steps[id] == nil { begin(id, title: "", timeMs) }
        turn(to: id)
        if let step = steps[id] {
          put("#\(step.number) \(ElapsedTime.exactSeconds(ms: timeMs - step.startMs)) ")
        }
      } else {
        leaveStep()
      }
    }
    out += text.bytes
    hasWritten = true
    openLine = source
    if !text.isPartial { endOpenLine() }
  }

  private mutating func begin(_ id: String, title: String, _ timeMs: Int) {
    lastNumber += 1
    steps[id] = Step(number: lastNumber, title: title, startMs: timeMs)
  }

  /// Makes the step the current one, naming it where it was not.
  private mutating func turn(to id: String) {
    endOpenLine()
    guard current != id, let step = steps[id] else { return }
    leaveStep()
    if hasWritten { line("") }
    line(step.title.isEmpty ? "#\(step.number)" : "#\(step.number) \(step.title)")
    current = id
  }

  private mutating func leaveStep() {
    endOpenLine()
    if let left = current.flatMap({ steps[$0] }) { line("#\(left.number) ...") }
    current = nil
  }

  private mutating func endOpenLine() {
    if openLine != nil { out.append(0x0A) }
    openLine = nil
  }

  private mutating func line(_ text: String) {
    put(text)
    out.append(0x0A)
  }

  private mutating func put(_ text: String) {
    out += text.utf8
    hasWritten = true
  }

  private mutating func taken() -> [UInt8] {
    defer { out = [] }
    return out
  }

  private static func title(of step: LogEvent.Step) -> String {
    guard let index = step.index, let total = step.total, !step.name.hasPrefix("[") else { return step.name }
    return "[\(index)/\(total)] \(step.name)"
  }
}
