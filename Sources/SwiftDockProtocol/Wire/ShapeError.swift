internal import JSON
package import JSONRPC

/// Why params, or a result, do not have the shape that the method gives them.
package struct ShapeError: Error, Equatable {
  /// JSON pointer (RFC 6901) from the params or the result to the value in question.
  package var path: String
  /// What was to be there, as words that follow "expected".
  package var expected: String
  /// Members that the method does not have.
  package var unknown: [String]
  /// Members that it has, where there are unknown ones.
  package var known: [String]
  package var hint: String?

  package init(
    path: String, expected: String, unknown: [String] = [], known: [String] = [], hint: String? = nil
  ) {
    self.path = path
    self.expected = expected
    self.unknown = unknown
    self.known = known
    self.hint = hint
  }
}

extension RPCError {
  /// The answer to params of the wrong shape.
  package init(_ error: ShapeError) {
    var detail = JSONObject()
    detail.put("path", error.path)
    detail.put("expected", error.expected)
    let message: String
    if error.unknown.isEmpty {
      message = "\(error.path.isEmpty ? "The params" : error.path): expected \(error.expected)."
    } else {
      detail.put("unknown", error.unknown)
      detail.put("known", error.known)
      message = "Unknown \(error.unknown.count == 1 ? "member" : "members"): \(error.unknown.joined(separator: ", "))."
    }
    self.init(.invalidParams, message, hint: error.hint, detail: detail)
  }
}
