internal import SwiftDockProtocol

/// Keeps the last lines of each step that has not ended, for when one fails.
struct FailedSteps {
  struct Step: Equatable {
    var name: String
    /// Each with its time within the step, as plain progress has it.
    var lastLines: [String]
  }

  static let lineLimit = 10
  /// Bytes kept of a line.
  static let lineBytes = 1_024

  private struct Tail {
    var name: String
    var startMs: Int
    var lines: [String] = []
    var isOpen = false

    mutating func append(_ line: LogEvent.Line, _ timeMs: Int) {
      let text = String(decoding: line.bytes.prefix(lineBytes), as: UTF8.self)
      if isOpen, let last = lines.indices.last {
        if lines[last].utf8.count < lineBytes { lines[last] += text }
      } else {
        lines.append("\(ElapsedTime.exactSeconds(ms: timeMs - startMs)) \(text)")
        if lines.count > lineLimit { lines.removeFirst() }
      }
      isOpen = line.isPartial
    }
  }

  private var running: [String: Tail] = [:]
  private var failed: [String: Step] = [:]
  private var lastFailed: String?

  mutating func read(_ event: LogEvent) {
    switch event {
    case .entry(_, let timeMs, .step(let step)):
      switch step.state {
      case .started:
        running[step.stepID] = Tail(name: step.name, startMs: timeMs)
      case .done, .cached, .cancelled:
        running[step.stepID] = nil
      case .failed:
        let tail = running.removeValue(forKey: step.stepID)
        failed[step.stepID] = Step(name: step.name, lastLines: tail?.lines ?? [])
        lastFailed = step.stepID
      }
    case .entry(_, let timeMs, .log(let line)):
      guard let id = line.stepID else { return }
      running[id]?.append(line, timeMs)
    default:
      break
    }
  }

  /// The step of that id, or the one that failed last where the id is not known.
  func step(_ id: String?) -> Step? {
    id.flatMap { failed[$0] } ?? lastFailed.flatMap { failed[$0] }
  }
}
