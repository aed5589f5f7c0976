package import JSON
package import JSONRPC

/// `$/cancelRequest`: ends a waiting request of the same connection.
package struct CancelRequest: ProtocolNotification, Equatable {
  package static let name = "$/cancelRequest"

  package var id: RPCID

  package init(id: RPCID) { self.id = id }

  package init(from reader: inout ObjectReader) throws(ShapeError) { id = try reader.requiredID("id") }

  package var members: JSONObject { ["id": id.json] }
}

extension ObjectReader {
  /// The id of a request.
  package mutating func requiredID(_ name: String) throws(ShapeError) -> RPCID {
    let expected = "string or integer"
    guard let id = RPCID(try required(name, expected)) else {
      throw ShapeError(path: pointer(name), expected: expected)
    }
    return id
  }
}
