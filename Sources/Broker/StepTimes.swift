internal import SwiftDockProtocol

/// How long steps run of which the Engine does not say it: from the word on their start to that on their end.
struct StepTimes {
  private var starts: [String: ContinuousClock.Instant] = [:]

  /// The step with its duration, where it ends and was not cached.
  mutating func timed(_ step: LogEvent.Step, at now: ContinuousClock.Instant) -> LogEvent.Step {
    switch step.state {
    case .started:
      starts[step.stepID] = now
      return step
    case .done, .failed, .cancelled, .cached:
      guard let start = starts.removeValue(forKey: step.stepID), step.state != .cached, step.durationMs == nil else {
        return step
      }
      var timed = step
      let (seconds, attoseconds) = start.duration(to: now).components
      timed.durationMs = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
      return timed
    }
  }
}
