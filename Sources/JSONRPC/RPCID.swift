package import JSON

/// The id of a request: a string or an integer. Keeps the token as it was received, because clients compare the
/// answer's id with their own writing of it.
///
/// Two ids are equal when they are the same string or the same integer, however they are written; 1 and "1" differ.
package struct RPCID: Hashable, Sendable {
  /// JSON text.
  package let token: String
  /// The same, to stand inside params.
  package let json: JSONValue
  /// The type's initial, then the string's bytes or the integer's digits. Bytes, since `String` would take strings
  /// that are canonically equivalent for equal.
  private let key: [UInt8]

  /// Longest token, in bytes.
  package static let tokenLimit = 8_192

  /// nil where `value` is no id: neither a string nor an integer, or its token too long.
  ///
  /// - Parameter token: the JSON text that `value` was read from.
  package init?(_ value: JSONValue, token: String) {
    guard token.utf8.count <= Self.tokenLimit else { return nil }
    switch value {
    case .string(let text): key = [UInt8(ascii: "s")] + text.utf8
    case .integer(let number): key = Array("i\(number)".utf8)
    case .decimal("-0"): key = Array("i0".utf8)
    case .decimal(let digits) where digits.utf8.allSatisfy({ !".eE".utf8.contains($0) }):
      key = [UInt8(ascii: "i")] + digits.utf8
    case .null, .bool, .decimal, .array, .object: return nil
    }
    self.token = token
    json = value
  }

  /// As above, for an id whose writing does not matter because it is not echoed.
  package init?(_ value: JSONValue) {
    self.init(value, token: String(decoding: JSONWriter.bytes(of: value), as: UTF8.self))
  }

  package init(_ number: Int64) {
    token = String(number)
    json = .integer(number)
    key = Array("i\(number)".utf8)
  }

  package static func == (left: RPCID, right: RPCID) -> Bool { left.key == right.key }

  package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
