/// How a credential helper failed.
package enum HelperFailure: Error, Sendable, Equatable {
  /// It said so. `message` is the beginning of its output.
  case refused(status: Int32, message: String)
  case killed(signal: Int32)
  case timedOut(after: Duration)
  case tooMuchOutput(limit: Int)
  /// It ended well, and its output is not an answer.
  case unreadableAnswer
  case system(call: String, errno: Int32)
}

extension HelperFailure: CustomStringConvertible {
  /// Goes on after the helper's name.
  package var description: String {
    switch self {
    case .refused(let status, let message): message.isEmpty ? "ended with status \(status)" : "failed: \(message)"
    case .killed(let signal): "was ended by signal \(signal)"
    case .timedOut(let limit): "did not answer within \(limit)"
    case .tooMuchOutput(let limit): "answered with more than \(limit) bytes"
    case .unreadableAnswer: "gave an answer that is not a login"
    case .system(let call, let errno): "could not be run: \(call), errno \(errno)"
    }
  }
}
