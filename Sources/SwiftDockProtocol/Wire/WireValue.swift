package import JSON

/// Something with a fixed form in JSON.
package protocol WireValue: Sendable {
  init(_ json: JSONValue, at path: String, as role: WireRole) throws(ShapeError)
  var json: JSONValue { get }
}

/// A `WireValue` that is an object.
package protocol WireObject: WireValue {
  init(from reader: inout ObjectReader) throws(ShapeError)
  var members: JSONObject { get }
}

/// What a value is read as: the rules are strict for what arrives at the broker and forgiving for what it sent.
package enum WireRole: Sendable {
  /// Bounds hold, unknown members are refused.
  case request
  /// Unknown members are ignored, so that the broker may gain some.
  case answer
}

extension WireObject {
  package init(_ json: JSONValue, at path: String, as role: WireRole) throws(ShapeError) {
    guard case .object(let object) = json else { throw ShapeError(path: path, expected: "object") }
    var reader = ObjectReader(object, at: path, as: role)
    try self.init(from: &reader)
    try reader.finish()
  }

  package var json: JSONValue { .object(members) }
}

extension JSONObject {
  /// Each of these appends a member, or none for nil.
  package mutating func put(_ name: String, _ value: String?) { if let value { self[name] = .string(value) } }
  package mutating func put(_ name: String, _ value: Int?) { if let value { self[name] = .integer(Int64(value)) } }
  package mutating func put(_ name: String, _ value: Bool?) { if let value { self[name] = .bool(value) } }
  package mutating func put(_ name: String, _ value: (some WireValue)?) { if let value { self[name] = value.json } }
  package mutating func put(_ name: String, _ values: [String]) { self[name] = .array(values.map(JSONValue.string)) }
  package mutating func put(_ name: String, _ values: [Int]) {
    self[name] = .array(values.map { .integer(Int64($0)) })
  }
  package mutating func put(_ name: String, _ values: [some WireValue]) { self[name] = .array(values.map(\.json)) }
  package mutating func put(_ name: String, word: (some RawRepresentable<String>)?) { put(name, word?.rawValue) }
}
