internal import DockerEngine
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// What is known of work that the Engine went away under.
enum EngineOutcome: String {
  /// It cannot have been done.
  case failed
  /// It may have been done.
  case unknown
}

extension RPCError {
  /// In the middle of work, an Engine that falls silent is as lost as one that ends the connection.
  init(_ error: EngineError, endpoint: String, ifLost outcome: EngineOutcome) {
    guard error == .lost || error == .timedOut else {
      self.init(error, endpoint: endpoint)
      return
    }
    self.init(
      .engineLost,
      error == .lost
        ? "The Engine at \(endpoint) ended the connection." : "The Engine at \(endpoint) has stopped answering.",
      hint: "Build again when the Engine is back.",
      detail: ["endpoint": .string(endpoint), "outcome": .string(outcome.rawValue)])
  }
}
