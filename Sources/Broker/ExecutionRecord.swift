internal import BuildContext
internal import BuildLog
internal import BuildScheduling
internal import DockerEngine
internal import JSONRPC
internal import SwiftDockProtocol

/// What the broker knows of one execution. Belongs to the broker's actor; its log and feed are shared with the thread
/// that runs it.
final class ExecutionRecord {
  let id: ExecutionID
  let log: BuildLog
  /// nil once the execution is over. Holds a descriptor.
  private(set) var feed: ExecutionFeed?
  private var stepsAtEnd: (done: Int, total: Int?) = (0, nil)
  private var diagnosticsAtEnd: [Diagnostic] = []
  /// Every build that ever joined, the first one first. Those that ended are kept as long as they are remembered.
  var builds: [BuildRecord] = []
  /// What may be sent, by the build it was measured for.
  var measurements: [BuildID: Measurement] = [:]
  /// The tar of the first build's context, where it had to wait.
  var spool: Spool?
  /// Ends the spooling.
  var spooling: Interrupt?
  /// What changed last between measuring and sending, relative to the context.
  var changedPath: String?
  var startedAtMs: Int?
  /// The ids of the images that the Dockerfile names, once those that were missing are there.
  var imagesUsed: [String: String?]?
  var imageID: String?
  var sizeBytes: Int?
  var error: ErrorInfo?
  /// The place in the queue that its builds were last told.
  var announcedPosition: Int?
  /// The end of the log as readers have been told: what came since waits for the next time they are served, so that
  /// all of them get the same pages.
  var shown: (lastSeq: Int64, bytes: Int64) = (0, 0)
  /// When readers were served last.
  var lastServed = ContinuousClock.now - .seconds(1)
  /// Whether they are going to be, by a timer.
  var isServing = false

  var isOver: Bool { feed == nil }
  var steps: (done: Int, total: Int?) { feed?.steps ?? stepsAtEnd }

  var diagnostics: [Diagnostic] { feed?.diagnostics ?? diagnosticsAtEnd }

  init(id: ExecutionID, feed: ExecutionFeed) {
    self.id = id
    self.feed = feed
    log = feed.log
  }

  /// Keeps what is remembered, and lets go of everything that only the work needed.
  func end() {
    stepsAtEnd = steps
    diagnosticsAtEnd = diagnostics
    feed = nil
    measurements = [:]
    spool = nil
    spooling?.fire()
    spooling = nil
    log.close()
  }
}
