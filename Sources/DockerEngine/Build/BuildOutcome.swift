/// How a build ended.
package enum BuildOutcome: Sendable, Equatable {
  /// The Engine named the image and ended its answer properly. `sha256:` and 64 hex digits: of the image's
  /// configuration, or of its manifest where the Engine keeps images in containerd.
  case succeeded(imageID: String)
  case failed(BuildFailure)
  /// The conversation ended before the build did, or without saying how it ended: there may or may not be an image.
  /// `containers`: those that the builder announced and did not say it had removed.
  case lost(BuildLoss, containers: [String] = [])
  /// Stopped on this caller's behalf. `mayStillRun`: it could not be made sure that the Engine has ended the work.
  case interrupted(mayStillRun: Bool)
}

package enum BuildLoss: Sendable, Equatable {
  /// The connection was closed before the end of the answer.
  case closed
  /// Neither the build nor a ping on another connection got a byte out of the Engine.
  case silent
  /// The connection was closed, or nothing was heard any more, before the Engine had the whole context: nothing is
  /// built of a part of it.
  case unfinishedContext
  /// A step ended, and the Engine with it: one that is told to end ends its steps, or takes from them what they need,
  /// and says of them what it would say had they ended by themselves.
  case stepEndedWithEngine
  /// A complete answer that names neither an image nor an error.
  case noResult
}

/// Why a build failed, read from what the Engine says about it.
package struct BuildFailure: Sendable, Equatable {
  package var kind: FailureKind
  /// The innermost cause, without the wrappings in `causes`.
  package var message: String
  /// What the Engine wrapped the message in, outermost first: `failed to solve`, say.
  package var causes: [String] = []
  package var stepId: String?
  package var stepName: String?
  /// The image that the failed step was to get, where it is about that.
  package var image: String?
  package var exitCode: Int?
  /// From 1.
  package var dockerfileLine: Int?
  /// The end of the failed step's output: at most `RecentLines.count` lines.
  package var lastLines: [String] = []
  /// The HTTP status where the Engine refused the request instead of answering with a stream.
  package var status: Int?

  package init(kind: FailureKind, message: String) {
    self.kind = kind
    self.message = message
  }

  /// It is a step that failed: what is said of nothing better is its error.
  mutating func happened(in stepId: String, named name: String, after lines: [String]) {
    self.stepId = stepId
    stepName = name
    unwrapBuildah(step: name)
    // Of a Dockerfile that cannot be understood, Podman prints what it has made of it.
    lastLines = kind == .dockerfile ? [] : lines
    if kind == .engine { kind = .step }
    if kind.isOfRegistry { image = StepImage.reference(inStep: name) }
  }
}
