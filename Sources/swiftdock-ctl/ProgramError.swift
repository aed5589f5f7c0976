internal import SwiftDockClient
internal import SwiftDockProtocol

/// Why a verb could not do its work.
enum ProgramError: Error, Equatable {
  /// The command line is wrong. The text is one line, without a full stop at its end.
  case usage(String)
  case client(ClientError)
  /// Something of this machine: a file, the environment.
  case local(String)
  /// A directory that is packed here did not stay as it was measured. The path is relative to it.
  case contextChanged(path: String)
  case noSuchBuild(String)
  /// No broker runs, and none could be started. Several lines.
  case noStart(String)
  /// The user's broker is ending, so that none can be started yet.
  case brokerIsEnding(stateDirectory: String)
  /// By a signal, with nothing left to do.
  case interrupted

  var exitCode: ExitCode {
    switch self {
    case .usage: .usage
    case .client(let error): ExitCode(error)
    case .local, .noSuchBuild: .failed
    case .noStart: .unavailable
    case .brokerIsEnding, .contextChanged: .tryAgainLater
    case .interrupted: .cancelled
    }
  }

  var explanation: String {
    switch self {
    case .usage(let text): "\(text)\nSee: swiftdock-ctl help"
    case .client(let error): error.explanation
    case .local(let text), .noStart(let text): text
    case .contextChanged(let path):
      "\(path == "." ? "The directory" : path) changed while it was read. Build again when the tree is at rest."
    case .brokerIsEnding(let directory):
      "Your broker is ending: it takes no more connections, and still has \(directory).\n"
        + "Try again when its builds have ended."
    case .noSuchBuild(let id):
      "No build of yours begins with \"\(id)\".\nSee those there are with: swiftdock-ctl ls --all"
    case .interrupted: "Interrupted."
    }
  }
}
