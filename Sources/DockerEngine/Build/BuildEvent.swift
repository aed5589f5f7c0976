/// What happens in a build, in the one shape that both builders' streams are brought to.
package enum BuildEvent: Sendable, Equatable {
  case step(StepEvent)
  case log(LogLine)
  case progress(ProgressItem)
  /// `lines` are lines of the Dockerfile, from 1, both ends included, where the Engine names them.
  case warning(code: String, message: String, lines: ClosedRange<Int>?)
}

/// A step came to another state. Every step that is shown begins with `started` or, where its result was there
/// already, with `cached`; it ends in one of the others unless the build ends first.
package struct StepEvent: Sendable, Equatable {
  package enum State: Sendable, Equatable { case started, done, cached, failed, cancelled }

  /// "1", "2", … in the order in which steps are first shown.
  package var stepId: String
  /// As the builder words it, without the count: `[stage] RUN …` (BuildKit), `RUN …` (classic).
  package var name: String
  /// The stage of the Dockerfile: its name in lower case, or `stage-N`, N from 0, where it has none. Nil for the
  /// builder's own steps, where the Dockerfile has one stage only, and always with the classic builder.
  package var stage: String?
  /// The place among the steps of its stage (BuildKit) or of the whole Dockerfile (classic), from 1; nil for the
  /// builder's own steps.
  package var index: Int?
  /// Less than `index` where triggers of a base image are steps.
  package var total: Int?
  package var state: State
  package var error: String?
  /// How long the step ran, where the Engine says so: BuildKit does, of steps that were not cached.
  package var durationMs: Int64?

  package init(
    stepId: String, name: String, stage: String? = nil, index: Int? = nil, total: Int? = nil, state: State,
    error: String? = nil, durationMs: Int64? = nil
  ) {
    self.stepId = stepId
    self.name = name
    self.stage = stage
    self.index = index
    self.total = total
    self.state = state
    self.error = error
    self.durationMs = durationMs
  }
}

/// One line of output, or a piece of one.
package struct LogLine: Sendable, Equatable {
  package enum Stream: Sendable, Hashable {
    case stdout, stderr
    /// The builder's own words, or output of which the Engine does not tell the stream.
    case console
  }

  package var stepId: String?
  package var stream: Stream
  /// Without the LF; at most `LineAssembler.lineLimit` bytes. May hold carriage returns, escape sequences and bytes that are
  /// not UTF-8.
  package var bytes: [UInt8]
  /// The line goes on in the next event of this step and stream.
  package var partial: Bool

  package init(stepId: String?, stream: Stream, bytes: [UInt8], partial: Bool = false) {
    self.stepId = stepId
    self.stream = stream
    self.bytes = bytes
    self.partial = partial
  }
}

/// How far something has come; the last one of an item holds.
package struct ProgressItem: Sendable, Equatable {
  package enum Unit: Sendable, Equatable { case bytes, items }

  package var itemId: String
  package var label: String
  package var current: Int64
  /// Nil where not known.
  package var total: Int64?
  package var unit: Unit

  package init(itemId: String, label: String, current: Int64, total: Int64?, unit: Unit) {
    self.itemId = itemId
    self.label = label
    self.current = current
    self.total = total
    self.unit = unit
  }
}
