package import JSON
package import JSONRPC

/// The params of one method.
package protocol MethodParams: WireObject {
  /// Whether the answer may be long in coming, or starts notifications: not allowed inside a batch.
  var isLongRunning: Bool { get }
}

extension MethodParams {
  package var isLongRunning: Bool { false }
}

/// A method that clients call.
package protocol ProtocolMethod: SendableMetatype {
  associatedtype Params: MethodParams
  associatedtype Result: WireValue
  static var name: String { get }
}

extension ProtocolMethod {
  /// - Throws: InvalidParams.
  package static func params(_ object: JSONObject) throws(RPCError) -> Params {
    do throws(ShapeError) { return try Params(members: object, at: "", as: .request) } catch { throw RPCError(error) }
  }

  package static func result(_ json: JSONValue) throws(ShapeError) -> Result { try Result(json, at: "", as: .answer) }
}

/// A message that is not answered, in either direction.
package protocol ProtocolNotification: WireObject {
  static var name: String { get }
}

extension ProtocolNotification {
  /// Reads one that the broker sent.
  package init(received params: JSONObject) throws(ShapeError) { try self.init(.object(params), at: "", as: .answer) }

  /// The message, without framing.
  package var message: [UInt8] { RPCEncoder.notification(Self.name, params: members) }
}

/// Params of a method that takes none.
package struct NoParams: MethodParams, Equatable {
  package init() {}
  package init(from reader: inout ObjectReader) throws(ShapeError) {}
  package var members: JSONObject { JSONObject() }
}

/// The result null.
package struct NullResult: WireValue, Equatable {
  package init() {}
  package init(_ json: JSONValue, at path: String, as role: WireRole) throws(ShapeError) {
    guard json == .null else { throw ShapeError(path: path, expected: "null") }
  }
  package var json: JSONValue { .null }
}

/// A result without members.
package struct EmptyResult: WireObject, Equatable {
  package init() {}
  package init(from reader: inout ObjectReader) throws(ShapeError) {}
  package var members: JSONObject { JSONObject() }
}
