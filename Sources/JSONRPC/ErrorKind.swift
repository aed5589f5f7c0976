/// The number that an error travels under. Open: a number this program does not know is kept as it came.
package struct ErrorCode: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }
}

/// A row of the table of errors (Protocol/README.md, "Errors"): `name` is the stable key, several names may share a
/// code.
package struct ErrorKind: Hashable, Sendable {
  package let code: ErrorCode
  package let name: String
  /// Whether the same request may succeed later without anybody changing anything.
  package let isRetryable: Bool

  package init(_ code: Int, _ name: String, retryable: Bool = false) {
    self.code = ErrorCode(rawValue: code)
    self.name = name
    isRetryable = retryable
  }
}

extension ErrorKind {
  package static let parseError = ErrorKind(-32700, "ParseError")
  package static let invalidRequest = ErrorKind(-32600, "InvalidRequest")
  package static let duplicateRequestID = ErrorKind(-32600, "DuplicateRequestId")
  package static let batchTooLarge = ErrorKind(-32600, "BatchTooLarge")
  package static let methodNotFound = ErrorKind(-32601, "MethodNotFound")
  package static let invalidParams = ErrorKind(-32602, "InvalidParams")
  package static let internalError = ErrorKind(-32603, "InternalError")
  /// Only ever the answer to a request that `$/cancelRequest` ended.
  package static let requestCancelled = ErrorKind(-32800, "RequestCancelled")
  package static let messageTooLarge = ErrorKind(1003, "MessageTooLarge")

  /// Those that the message layer itself gives.
  package static let ofMessageLayer: [ErrorKind] = [
    parseError, invalidRequest, duplicateRequestID, batchTooLarge, methodNotFound, invalidParams, internalError,
    requestCancelled, messageTooLarge,
  ]
}
