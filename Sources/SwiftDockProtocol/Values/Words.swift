/// Who executes the Dockerfile within the Engine.
package enum Builder: String, CaseIterable, Sendable {
  /// BuildKit wherever the Engine has it.
  case auto
  case buildkit, classic
}

/// The network of `RUN` steps.
package enum BuildNetwork: String, CaseIterable, Sendable {
  case `default`, none, host
}

/// What becomes of a build whose connection is gone.
package enum DisconnectPolicy: String, CaseIterable, Sendable {
  /// It is cancelled after its grace time.
  case cancel
  case keep
}

/// Whether equal work that is under way may be shared.
package enum DedupePolicy: String, CaseIterable, Sendable {
  case auto, never
}

/// What becomes of terminal escape sequences in log text.
package enum ANSIMode: String, CaseIterable, Sendable {
  case strip, keep
}

/// The life of a build: `receiving`, `queued`, `running`, perhaps `cancelling`, then one of the last three.
package enum BuildState: String, CaseIterable, Sendable {
  case receiving, queued, running, cancelling, succeeded, failed, cancelled

  package var isFinal: Bool {
    switch self {
    case .succeeded, .failed, .cancelled: true
    case .receiving, .queued, .running, .cancelling: false
    }
  }
}
