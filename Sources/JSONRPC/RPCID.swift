package import JSON

/// The id of a request: a string or an integer. Keeps the token as it was received, because clients compare the
/// answer's id with their own writing of it.
///
/// Two ids are equal when they are the same string or the same integer, however they are written; 1 and "1" differ.
package struct RPCID: Hashable, Sendable {
  private enum Form: Sendable {
    /// Of which there is one way to write it.
    case integer(Int64)
    /// With its token.
    indirect case written(String, JSONValue, Key)
  }

  /// What two ids have to share. Bytes, since `String` would take strings that are canonically equivalent for equal.
  private enum Key: Hashable, Sendable {
    case string([UInt8])
    case integer(Int64)
    /// Of an integer that 64 bits do not hold.
    case digits([UInt8])
  }

  /// Longest token, in bytes.
  package static let tokenLimit = 8_192

  private let form: Form

  /// nil where `value` is no id: neither a string nor an integer, or its token too long.
  ///
  /// - Parameter token: the JSON text that `value` was read from.
  package init?(_ value: JSONValue, token: String) {
    guard token.utf8.count <= Self.tokenLimit else { return nil }
    switch value {
    case .string(let text): form = .written(token, value, .string(Array(text.utf8)))
    case .integer(let number): form = .integer(number)
    case .decimal("-0"): form = .written(token, value, .integer(0))
    case .decimal(let digits) where digits.utf8.allSatisfy({ !".eE".utf8.contains($0) }):
      form = .written(token, value, .digits(Array(digits.utf8)))
    case .null, .bool, .decimal, .array, .object: return nil
    }
  }

  /// As above, for an id whose writing does not matter because it is not echoed.
  package init?(_ value: JSONValue) {
    self.init(value, token: String(decoding: JSONWriter.bytes(of: value), as: UTF8.self))
  }

  package init(_ number: Int64) { form = .integer(number) }

  /// JSON text.
  package var token: String {
    switch form {
    case .integer(let number): String(number)
    case .written(let token, _, _): token
    }
  }

  /// The same, to stand inside params.
  package var json: JSONValue {
    switch form {
    case .integer(let number): .integer(number)
    case .written(_, let json, _): json
    }
  }

  /// As it was received.
  package func write(to writer: inout JSONWriter) {
    switch form {
    case .integer(let number): writer.write(number)
    case .written(let token, _, _): writer.raw(token)
    }
  }

  private var key: Key {
    switch form {
    case .integer(let number): .integer(number)
    case .written(_, _, let key): key
    }
  }

  package static func == (left: RPCID, right: RPCID) -> Bool { left.key == right.key }

  package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
