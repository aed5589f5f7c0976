/// What an Engine's error text means, as far as it can be told.
package enum FailureKind: Sendable, Equatable {
  /// An instruction did not do what it should: a command's exit status, a file to copy that is not there.
  case step
  /// The Dockerfile cannot be used: syntax, an unknown target.
  case dockerfile
  case dockerfileNotFound
  /// The body was not a tar that the Engine could read.
  case contextInvalid
  case imageNotFound
  /// The registry wants a login, or this builder has no way to hand one over.
  case authRequired
  /// The registry could not be reached, did not answer, or has trouble of its own: in a moment it may be well.
  case registry
  /// The registry has had too many requests of late: it will take them again, but not in a moment.
  case registryBusy
  /// The registry refuses for another reason than the login, or cannot be spoken to as it is set up (its name, its
  /// certificate): trying again ends the same way.
  case registryRefused
  /// The build asked for something that BuildKit gets through a session only (secrets, SSH agents).
  case sessionRequired
  case diskFull
  /// Stopped by somebody other than this caller.
  case cancelled
  /// An option has a value that the Engine refuses.
  case option
  case engine
}

extension FailureKind {
  /// Whether an Engine that ends may say so of a build that nothing is wrong with: commands are ended, file systems
  /// taken away, requests to registries given up.
  var mayComeOfEnding: Bool {
    switch self {
    case .step, .contextInvalid, .registry, .cancelled, .engine: true
    case .dockerfile, .dockerfileNotFound, .imageNotFound, .authRequired, .registryBusy, .registryRefused,
      .sessionRequired, .diskFull, .option:
      false
    }
  }

  /// Whether it is about an image and the registry that has it or should have it.
  var isOfRegistry: Bool {
    switch self {
    case .imageNotFound, .authRequired, .registry, .registryBusy, .registryRefused: true
    case .step, .dockerfile, .dockerfileNotFound, .contextInvalid, .sessionRequired, .diskFull, .cancelled, .option,
      .engine:
      false
    }
  }
}
