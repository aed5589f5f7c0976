package import JSON
package import JSONRPC

/// One entry of an execution's log.
package enum LogEvent: Sendable, Equatable {
  /// - Parameters:
  ///   - seq: from 1, without holes.
  ///   - timeMs: since the epoch.
  case entry(seq: Int, timeMs: Int, Body)
  case gap(Gap)

  /// The kinds that readers choose from; a gap is told to all of them.
  package enum Kind: String, CaseIterable, Sendable {
    case state, step, log, diagnostic, warning, result
  }

  package enum Body: Sendable, Equatable {
    case state(ExecutionState)
    case step(Step)
    case log(Line)
    case diagnostic(Diagnostic)
    case warning(code: String, message: String)
    /// The last of them.
    case result(Outcome)
    /// Of a kind that this program does not know; the whole event.
    case unknown(JSONObject)
  }

  package enum ExecutionState: String, CaseIterable, Sendable {
    case queued, running, cancelling, ended
  }

  package struct Step: Sendable, Equatable {
    package enum State: String, CaseIterable, Sendable {
      case started, done, cached, failed, cancelled
    }

    package var stepID: String
    /// As the builder calls it, for example `[2/5] RUN make`.
    package var name: String
    /// The name of its stage in lower case, or `stage-N`; nil where the Dockerfile has only one.
    package var stage: String?
    /// Its place among `total` steps of its stage, from 1.
    package var index: Int?
    package var total: Int?
    package var state: State
    package var error: String?
    /// How long it ran; nil while it does, and for what was cached.
    package var durationMs: Int?

    package init(
      stepID: String, name: String, stage: String? = nil, index: Int? = nil, total: Int? = nil, state: State,
      error: String? = nil, durationMs: Int? = nil
    ) {
      self.stepID = stepID
      self.name = name
      self.stage = stage
      self.index = index
      self.total = total
      self.state = state
      self.error = error
      self.durationMs = durationMs
    }
  }

  /// One line of output without its LF, or a part of one.
  package struct Line: Sendable, Equatable {
    package enum Stream: String, CaseIterable, Sendable {
      case stdout, stderr
      /// The builder's own words.
      case console
    }

    package var stepID: String?
    package var stream: Stream
    /// At most 64 KiB. Travels as `text` where it is UTF-8, else as `base64`.
    package var bytes: [UInt8]
    /// No LF came yet: the next event of that step and stream goes on.
    package var isPartial: Bool

    package init(stepID: String? = nil, stream: Stream, bytes: [UInt8], isPartial: Bool = false) {
      self.stepID = stepID
      self.stream = stream
      self.bytes = bytes
      self.isPartial = isPartial
    }
  }

  /// How the execution ended. What belongs to one build, as its tags, is in `Build`.
  package struct Outcome: Sendable, Equatable {
    package enum State: String, CaseIterable, Sendable {
      case succeeded, failed, cancelled
    }

    package var state: State
    package var imageID: String?
    package var sizeBytes: Int?
    package var error: ErrorInfo?

    package init(state: State, imageID: String? = nil, sizeBytes: Int? = nil, error: ErrorInfo? = nil) {
      self.state = state
      self.imageID = imageID
      self.sizeBytes = sizeBytes
      self.error = error
    }
  }

  /// Stands in for events that were removed.
  package struct Gap: Sendable, Equatable {
    package enum Reason: String, CaseIterable, Sendable {
      case retention, quota
    }

    package var fromSeq: Int
    /// Inclusive.
    package var toSeq: Int
    package var bytes: Int
    package var reason: Reason

    package init(fromSeq: Int, toSeq: Int, bytes: Int, reason: Reason) {
      self.fromSeq = fromSeq
      self.toSeq = toSeq
      self.bytes = bytes
      self.reason = reason
    }
  }
}
