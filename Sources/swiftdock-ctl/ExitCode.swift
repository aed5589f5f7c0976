internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

/// What the program's exit status says.
enum ExitCode: Int32 {
  case done = 0
  /// A build, tag or call failed, or there is no such build.
  case failed = 1
  case usage = 2
  /// No broker, or no Engine behind it.
  case unavailable = 69
  case tryAgainLater = 75
  case refused = 77
  case timedOut = 124
  case cancelled = 130
}

extension ExitCode {
  init(_ error: RPCError) {
    self =
      switch error.name {
      case ErrorKind.engineUnavailable.name, ErrorKind.engineLost.name: .unavailable
      case ErrorKind.permissionDenied.name, ErrorKind.notOwner.name, ErrorKind.contextPathRefused.name: .refused
      case ErrorKind.buildTimedOut.name: .timedOut
      case ErrorKind.buildCancelled.name, ErrorKind.requestCancelled.name: .cancelled
      case ErrorKind.invalidParams.name: .usage
      default: error.isRetryable ? .tryAgainLater : .failed
      }
  }

  init(_ error: ClientError) {
    self =
      switch error {
      case .notRunning, .nobodyListens, .connectFailed, .connectionLost, .transferFailed, .answerInvalid: .unavailable
      case .notAllowed, .peerNotTrusted: .refused
      case .pathTooLong: .usage
      case .refused(let error): ExitCode(error)
      }
  }

  /// Of a build that has ended.
  init(_ build: Build) {
    self =
      switch build.state {
      case .succeeded: .done
      case .cancelled: .cancelled
      case .failed: build.error.map(ExitCode.init) ?? .failed
      case .receiving, .queued, .running, .cancelling: .tryAgainLater
      }
  }
}
