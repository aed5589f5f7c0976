internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import JSONRPC
internal import SwiftDockProtocol

/// What the broker knows of one caller's build. Belongs to the broker's actor.
final class BuildRecord {
  let id: BuildID
  /// Greater than those of builds that were accepted before.
  let number: UInt64
  let ownerUID: UInt32
  /// Without logins once the build has ended.
  var params: BuildParams
  /// Where the context comes from; nil once the build has ended, since it may hold a descriptor or files.
  var input: ContextInput?
  let network: BuildNetwork
  let createdAtMs: Int
  var startedAtMs: Int?
  var finishedAtMs: Int?
  var state = BuildState.receiving
  /// The connection that the build ends with; nil where none does.
  var attachedTo: SessionID?
  /// Runs while that connection is gone.
  var graceTimer: TimerID?
  /// Runs where the build has a time limit.
  var timeLimit: TimerID?
  /// Fired to end tagging and pushing.
  var publishing: Interrupt?
  /// Fired to end the reading of the context.
  var measuring: Interrupt?
  /// nil again once the build has ended, since it holds the table of the context's entries.
  var measurement: Measurement?
  /// As they are known by now; nil until the context was read.
  var inputs: BuildInputs?
  /// As it was found.
  var dockerfile: String?
  var contextBytes: Int?
  var execution: ExecutionRecord?
  var joined = false
  /// As they are shown: with `{context}` in them until the digest is known.
  var tags: [String]
  /// What the tags are with the digest in them.
  var references: [ImageReference] = []
  var cancelReason: String?
  var result: BuildResult?
  var error: ErrorInfo?
  /// Whether it was cancelled while its execution goes on for others.
  var hasLeft = false
  /// Of its pushes.
  let progress = ProgressBoard()
  /// `build.push` requests that are at work.
  var pushes = 0
  /// Everybody who follows the log.
  var subscriptions: [String: SessionID] = [:]
  /// Requests that are answered when the build has ended.
  var waiters: [Waiter] = []

  struct Waiter {
    let session: SessionID
    let request: RPCID
  }

  init(
    id: BuildID, number: UInt64, ownerUID: UInt32, params: BuildParams, input: ContextInput, network: BuildNetwork,
    createdAtMs: Int
  ) {
    self.id = id
    self.number = number
    self.ownerUID = ownerUID
    self.params = params
    self.input = input
    self.network = network
    self.createdAtMs = createdAtMs
    tags = params.tags.map(\.text)
  }
}
