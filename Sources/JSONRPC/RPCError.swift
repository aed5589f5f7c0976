package import JSON

/// The error object of the protocol: the `error` of an answer, and `ErrorInfo` inside results.
///
///     {"code": int, "message": str, "data": {"name": str, "retryable": bool, "retryAfterMs"?: int, "hint"?: str,
///      "buildId"?: str, "detail"?: object, "cause"?: [{"name"?: str, "message": str}], "traceId": str}}
///
/// There are never members beside these three: clients exist that fail on a fourth.
package struct RPCError: Error, Equatable {
  /// What led to an error, the nearest first.
  package struct Cause: Sendable, Equatable {
    package var name: String?
    package var message: String

    package init(name: String? = nil, message: String) {
      self.name = name
      self.message = message
    }
  }

  package var code: ErrorCode
  /// One sentence that reads well alone.
  package var message: String
  /// Stable key, as `ErrorKind.name`.
  package var name: String
  package var isRetryable: Bool
  package var retryAfterMs: Int?
  /// What the reader may do about it.
  package var hint: String?
  package var buildID: String?
  package var detail: JSONObject?
  package var causes: [Cause]
  /// Names the occurrence in the broker's log. Empty until whoever logs the error fills it in.
  package var traceID: String

  package init(
    _ kind: ErrorKind, _ message: String, hint: String? = nil, detail: JSONObject? = nil, causes: [Cause] = [],
    buildID: String? = nil, retryAfterMs: Int? = nil, traceID: String = ""
  ) {
    code = kind.code
    name = kind.name
    isRetryable = kind.isRetryable
    self.message = message
    self.hint = hint
    self.detail = detail
    self.causes = causes
    self.buildID = buildID
    self.retryAfterMs = retryAfterMs
    self.traceID = traceID
  }

  /// Whether this is an error of that row; compares the name, which alone tells rows with one code apart.
  package func isKind(_ kind: ErrorKind) -> Bool { code == kind.code && name == kind.name }
}

/// An error as it stands inside results.
package typealias ErrorInfo = RPCError

extension RPCError {
  package var json: JSONValue {
    var data = JSONObject()
    data["name"] = .string(name)
    data["retryable"] = .bool(isRetryable)
    data["retryAfterMs"] = retryAfterMs.map { .integer(Int64($0)) }
    data["hint"] = hint.map(JSONValue.string)
    data["buildId"] = buildID.map(JSONValue.string)
    data["detail"] = detail.map(JSONValue.object)
    if !causes.isEmpty {
      data["cause"] = .array(
        causes.map { cause in
          var object = JSONObject()
          object["name"] = cause.name.map(JSONValue.string)
          object["message"] = .string(cause.message)
          return .object(object)
        })
    }
    data["traceId"] = .string(traceID)
    return ["code": .integer(Int64(code.rawValue)), "message": .string(message), "data": .object(data)]
  }

  /// Reads an error from a peer, forgivingly: all that is needed is a code and a message. nil where there is none.
  package init?(json: JSONValue) {
    guard let code = json["code"]?.integerValue, let message = json["message"]?.stringValue else { return nil }
    let data = json["data"]
    self.code = ErrorCode(rawValue: Int(code))
    self.message = message
    name = data?["name"]?.stringValue ?? "Error\(code)"
    isRetryable = data?["retryable"]?.boolValue ?? false
    retryAfterMs = data?["retryAfterMs"]?.integerValue.map { Int($0) }
    hint = data?["hint"]?.stringValue
    buildID = data?["buildId"]?.stringValue
    detail = data?["detail"]?.objectValue
    causes = (data?["cause"]?.arrayValue ?? []).compactMap { cause in
      cause["message"]?.stringValue.map { Cause(name: cause["name"]?.stringValue, message: $0) }
    }
    traceID = data?["traceId"]?.stringValue ?? ""
  }
}
