package import JSON
package import JSONRPC

/// `ErrorInfo` inside results: the error object itself.
extension RPCError: WireValue {
  package init(_ json: JSONValue, at path: String, as role: WireRole) throws(ShapeError) {
    guard let error = RPCError(json: json) else { throw ShapeError(path: path, expected: "error object") }
    self = error
  }
}
