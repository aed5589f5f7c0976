/// Who ended a build before its work was done.
package enum Leaver: String, Sendable {
  case owner, disconnect, admin, shutdown
  /// A newer build takes its place.
  case superseded
  /// Its own time limit.
  case timeout
}

/// How one build ended. What it was that failed is the shell's to know.
package enum BuildEnd: Equatable, Sendable {
  case succeeded
  /// Its context could not be read.
  case contextFailed
  /// The context changed under the build, twice.
  case contextChanged(path: String)
  /// The work failed.
  case executionFailed
  /// The image is there, a tag is not.
  case publishFailed
  /// `mayStillRun`: the Engine did not confirm that it stopped.
  case cancelled(by: Leaver, mayStillRun: Bool)
}

/// How the work of an execution ended in the Engine.
package enum ExecutionEnd: Equatable, Sendable {
  case succeeded
  case failed
  /// It was told to stop.
  case stopped(mayStillRun: Bool)
}
