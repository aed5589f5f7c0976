package import JSON

/// Why a conversation with the Engine did not give an answer that could be used.
///
/// Texts are the Engine's own, cut to `EngineText.limit` bytes; they are for people, decisions are made on the
/// cases.
package enum EngineError: Error, Equatable {
  /// No connection within the time allowed; `errno` is of connect(2), ETIMEDOUT where its queue stayed full.
  case unreachable(socket: String, errno: Int32)
  /// The Engine accepted the connection and was silent for too long.
  case timedOut
  /// The caller's `Interrupt` was fired.
  case interrupted
  /// The connection ended before the answer did: what was asked for may or may not have happened.
  case lost
  /// An answer outside 200…299.
  case refused(status: Int, message: String)
  /// The image could not be had; `message` is the Engine's text, `kind` what it means.
  case pullFailed(kind: FailureKind, message: String)
  /// The image could not be handed to its registry; as above.
  case pushFailed(kind: FailureKind, message: String)
  case protocolViolation(ProtocolViolation)
  /// No version suits both sides. `api` is the highest that one of them speaks, `minimum` the lowest that the other
  /// accepts.
  case versionUnsupported(api: String, minimum: String)
  /// Request line and fields together would be longer than Engines read. Nothing was sent.
  case requestTooLarge(bytes: Int, limit: Int)
  /// The producer of a request's body gave another number of bytes than it had announced.
  case bodySizeMismatch(announced: Int64, produced: Int64)
  /// The broker's own system refused a call that has nothing to do with the Engine (descriptors used up, say).
  case system(call: String, errno: Int32)
}

extension EngineError {
  /// Whether the same push may succeed in a moment without anybody changing anything. A failed upload of a layer comes
  /// here only when the Engine has tried it five times, over most of a minute; what it does not try again itself is the
  /// first question to the registry and the handing over of the manifest.
  package var isWorthRetrying: Bool {
    switch self {
    case .pushFailed(.registry, _): true
    case .pushFailed, .pullFailed, .unreachable, .timedOut, .interrupted, .lost, .refused, .protocolViolation,
      .versionUnsupported, .requestTooLarge, .bodySizeMismatch, .system:
      false
    }
  }
}

/// What an Engine sent that no Engine should.
package enum ProtocolViolation: Error, Equatable {
  case http(HTTPError)
  case json(JSONError)
  /// A line of a record stream is longer than `limit` bytes.
  case recordTooLong(limit: Int)
  /// A body is longer than any answer of this endpoint.
  case bodyTooLong(limit: Int)
  /// The answer is well-formed and lacks `field`, or has it in another shape.
  case unexpected(field: String)
}
