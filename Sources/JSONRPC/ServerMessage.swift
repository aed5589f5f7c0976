package import JSON

/// One message from the broker, as a client reads it.
package enum ServerMessage: Sendable, Equatable {
  /// `id` is nil where the broker could not read the request's.
  case result(JSONValue, id: RPCID?)
  case error(RPCError, id: RPCID?)
  case notification(method: String, params: JSONObject)

  /// nil where the text is JSON but none of these.
  package init?(_ bytes: [UInt8]) throws(JSONError) { try self.init(bytes[...]) }

  /// As above.
  package init?(_ bytes: ArraySlice<UInt8>) throws(JSONError) {
    guard case .object(let object) = try JSONParser.parse(bytes) else { return nil }
    let id = object["id"].flatMap { RPCID($0) }
    if case .string(let method)? = object["method"] {
      self = .notification(method: method, params: object["params"]?.objectValue ?? JSONObject())
    } else if let error = object["error"].flatMap(RPCError.init(json:)) {
      self = .error(error, id: id)
    } else if let result = object["result"], object["error"] == nil {
      self = .result(result, id: id)
    } else {
      return nil
    }
  }
}
