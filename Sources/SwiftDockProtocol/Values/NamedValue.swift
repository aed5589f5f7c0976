package import JSON

/// A name and a value that a user chose. Answers carry arrays of these, since names in answers' objects are fixed.
package struct NamedValue: WireObject, Equatable, Hashable {
  package var name: String
  package var value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    name = try reader.requiredString("name")
    value = try reader.requiredString("value", bytes: 0...ObjectReader.stringLimit)
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("name", name)
    members.put("value", value)
    return members
  }
}

extension JSONObject {
  /// As an object that maps names to values, for requests.
  package mutating func put(_ name: String, map pairs: [NamedValue]) {
    guard !pairs.isEmpty else { return }
    var map = JSONObject()
    for pair in pairs { map[pair.name] = .string(pair.value) }
    self[name] = .object(map)
  }
}
