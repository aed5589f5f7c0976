package import JSON

/// `rpc.discover`: the OpenRPC document of the protocol (`Protocol/openrpc.json`).
package enum RPCDiscover: ProtocolMethod {
  package static let name = "rpc.discover"
  package typealias Params = NoParams

  /// The document, whatever it holds.
  package struct Result: WireValue, Equatable {
    package var json: JSONValue

    package init(_ json: JSONValue, at path: String, as role: WireRole) throws(ShapeError) {
      guard case .object = json else { throw ShapeError(path: path, expected: "object") }
      self.json = json
    }
  }
}
