/// Bounds on the work that is admitted.
package struct BuildLimits: Equatable, Sendable {
  /// Executions that may run in the Engine at the same time; at least 1.
  package var running: Int
  /// Builds of one owner that may wait for their context or for a place.
  package var waitingPerOwner: Int
  /// Builds of everybody that have not ended.
  package var unfinished: Int

  package init(running: Int, waitingPerOwner: Int = 100, unfinished: Int = 4096) {
    self.running = max(1, running)
    self.waitingPerOwner = waitingPerOwner
    self.unfinished = unfinished
  }
}
