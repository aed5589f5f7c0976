package import JSON

/// Something with a fixed form in JSON.
package protocol WireValue: Sendable {
  init(_ json: JSONValue, at path: String, as role: WireRole) throws(ShapeError)
  var json: JSONValue { get }
  /// Writes what `json` is.
  func write(to writer: inout JSONWriter)
}

extension WireValue {
  package func write(to writer: inout JSONWriter) { writer.write(json) }
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
    try self.init(members: object, at: path, as: role)
  }

  package init(members: JSONObject, at path: String, as role: WireRole) throws(ShapeError) {
    var reader = ObjectReader(members, at: path, as: role)
    try self.init(from: &reader)
    try reader.finish()
  }

  package var json: JSONValue { .object(members) }
}

/// Takes the members of an object in their order: to make the object, or only its text.
package protocol MemberSink {
  mutating func put(_ name: String, json value: JSONValue)
}

extension JSONObject: MemberSink {
  package mutating func put(_ name: String, json value: JSONValue) { self[name] = value }
}

extension JSONWriter: MemberSink {
  package mutating func put(_ name: String, json value: JSONValue) { member(name, value) }
}

extension MemberSink {
  /// Each of these appends a member, or none for nil.
  package mutating func put(_ name: String, _ value: String?) { if let value { put(name, json: .string(value)) } }
  package mutating func put(_ name: String, _ value: Int?) { if let value { put(name, json: .integer(Int64(value))) } }
  package mutating func put(_ name: String, _ value: Bool?) { if let value { put(name, json: .bool(value)) } }
  package mutating func put(_ name: String, _ value: (some WireValue)?) { if let value { put(name, json: value.json) } }
  package mutating func put(_ name: String, _ values: [String]) {
    put(name, json: .array(values.map(JSONValue.string)))
  }
  package mutating func put(_ name: String, _ values: [Int]) {
    put(name, json: .array(values.map { .integer(Int64($0)) }))
  }
  package mutating func put(_ name: String, _ values: [some WireValue]) { put(name, json: .array(values.map(\.json))) }
  package mutating func put(_ name: String, word: (some RawRepresentable<String>)?) { put(name, word?.rawValue) }
}
