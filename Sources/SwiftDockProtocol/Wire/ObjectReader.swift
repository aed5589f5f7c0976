package import JSON

/// Takes the members of an object out by name, checks their types and bounds, and knows at the end which ones nobody
/// asked for. A member that is null counts as absent.
package struct ObjectReader {
  /// Greatest integer on the wire: exact in every client measured, some of which print 14 digits.
  package static let integers = 0...100_000_000_000_000
  /// Bytes of a string where nothing else is said.
  package static let stringLimit = 8_192
  /// Elements of an array or map where nothing else is said.
  package static let countLimit = 1_024

  /// Of the unknown members, so many are named, and of each so many bytes.
  private static let namedUnknown = 16
  private static let shownBytes = 64

  /// JSON pointer of the object.
  package let path: String
  package let role: WireRole
  private let object: JSONObject
  /// Which members were asked for, a bit each; of an object of more members than there are bits, some.
  private var seen: UInt64 = 0
  /// What was asked for before all members were seen.
  private var known: [String] = []
  /// Whether members that nobody asked for are let pass in a request, too.
  private var ignoresUnknown = false

  package init(_ object: JSONObject, at path: String = "", as role: WireRole) {
    self.object = object
    self.path = path
    self.role = role
  }

  package func pointer(_ name: String) -> String {
    path + "/" + Self.escaped(name)
  }

  package mutating func ignoreUnknown() { ignoresUnknown = true }

  /// - Throws: where a request has members that were not asked for, save those named `x-…`.
  package func finish() throws(ShapeError) {
    guard role == .request, !ignoresUnknown, !hasSeenAll, object.members.contains(where: { isUnknown($0.name) }) else {
      return
    }
    let unknown = object.members.map(\.name).filter(isUnknown)
    guard let first = unknown.first else { return }
    throw ShapeError(
      path: path, expected: "only members that the method has",
      unknown: unknown.prefix(Self.namedUnknown).map {
        String(decoding: $0.utf8.prefix(Self.shownBytes), as: UTF8.self)
      },
      known: known,
      hint: NearestName.of(first, among: known).map { "Did you mean \($0)?" })
  }

  private var hasSeenAll: Bool { object.count < UInt64.bitWidth && seen == 1 << UInt64(object.count) - 1 }

  private func isUnknown(_ name: String) -> Bool { !known.contains(name) && !name.hasPrefix("x-") }

  /// The whole of the object, whatever is asked for later.
  package var all: JSONObject { object }

  package mutating func value(_ name: String) -> JSONValue? {
    let index = object.index(of: name)
    if let index, index < UInt64.bitWidth { seen |= 1 << UInt64(index) }
    if !hasSeenAll, !known.contains(name) { known.append(name) }
    guard let index else { return nil }
    let value = object.members[index].value
    if case .null = value { return nil }
    return value
  }

  package mutating func required(_ name: String, _ expected: @autoclosure () -> String) throws(ShapeError) -> JSONValue
  {
    guard let value = value(name) else { throw ShapeError(path: pointer(name), expected: expected()) }
    return value
  }

  package mutating func has(_ name: String) -> Bool { value(name) != nil }
}

extension ObjectReader {
  /// - Parameter bytes: of the string, in UTF-8. A string never holds a NUL, which neither paths nor arguments can.
  package mutating func string(_ name: String, bytes: ClosedRange<Int> = 0...stringLimit) throws(ShapeError) -> String?
  {
    guard let value = value(name) else { return nil }
    return try text(value, at: pointer(name), bytes: bytes)
  }

  package mutating func requiredString(
    _ name: String, bytes: ClosedRange<Int> = 1...stringLimit
  ) throws(ShapeError) -> String {
    try text(try required(name, Self.text(bytes)), at: pointer(name), bytes: bytes)
  }

  package mutating func integer(_ name: String, in range: ClosedRange<Int> = integers) throws(ShapeError) -> Int? {
    guard let value = value(name) else { return nil }
    return try number(value, at: pointer(name), in: range)
  }

  package mutating func requiredInteger(
    _ name: String, in range: ClosedRange<Int> = integers
  ) throws(ShapeError) -> Int {
    try number(try required(name, Self.text(integers: range)), at: pointer(name), in: range)
  }

  package mutating func bool(_ name: String) throws(ShapeError) -> Bool? {
    guard let value = value(name) else { return nil }
    guard case .bool(let flag) = value else { throw ShapeError(path: pointer(name), expected: "true or false") }
    return flag
  }

  package mutating func requiredBool(_ name: String) throws(ShapeError) -> Bool {
    guard let flag = try bool(name) else { throw ShapeError(path: pointer(name), expected: "true or false") }
    return flag
  }

  /// A string that is one of `Word`'s.
  package mutating func word<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, _: Word.Type = Word.self
  ) throws(ShapeError) -> Word? {
    guard let value = value(name) else { return nil }
    return try word(value, at: pointer(name))
  }

  package mutating func requiredWord<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, _: Word.Type = Word.self
  ) throws(ShapeError) -> Word {
    try word(try required(name, Self.text(words: Word.self)), at: pointer(name))
  }

  package mutating func words<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, _: Word.Type = Word.self
  ) throws(ShapeError) -> [Word]? {
    guard let elements = try array(name, count: Word.allCases.count) else { return nil }
    var words: [Word] = []
    for (index, element) in elements.enumerated() {
      words.append(try word(element, at: pointer(name) + "/\(index)"))
    }
    return words
  }

  package mutating func strings(
    _ name: String, count: Int = countLimit, bytes: ClosedRange<Int> = 1...stringLimit
  ) throws(ShapeError) -> [String]? {
    guard let elements = try array(name, count: count) else { return nil }
    var strings: [String] = []
    for (index, element) in elements.enumerated() {
      strings.append(try text(element, at: pointer(name) + "/\(index)", bytes: bytes))
    }
    return strings
  }

  package mutating func integers(_ name: String, count: Int = 64) throws(ShapeError) -> [Int]? {
    guard let elements = try array(name, count: count) else { return nil }
    var integers: [Int] = []
    for (index, element) in elements.enumerated() {
      integers.append(try number(element, at: pointer(name) + "/\(index)", in: Self.integers))
    }
    return integers
  }

  /// A map from names to strings, in its order.
  package mutating func map(_ name: String, count: Int = countLimit) throws(ShapeError) -> [NamedValue]? {
    guard let value = value(name) else { return nil }
    guard case .object(let map) = value, isWithin(map.count, count) else {
      throw ShapeError(path: pointer(name), expected: "object of at most \(count) strings")
    }
    var pairs: [NamedValue] = []
    for member in map.members {
      guard !member.name.isEmpty, isWithin(member.name.utf8.count, Self.stringLimit), !member.name.utf8.contains(0)
      else {
        throw ShapeError(path: pointer(name), expected: "names of 1 to \(Self.stringLimit) bytes without NUL")
      }
      let text = try text(
        member.value, at: pointer(name) + "/" + Self.escaped(member.name), bytes: 0...Self.stringLimit)
      pairs.append(NamedValue(name: member.name, value: text))
    }
    return pairs
  }

  package mutating func object<Value: WireValue>(
    _ name: String, _: Value.Type = Value.self
  ) throws(ShapeError) -> Value? {
    guard let value = value(name) else { return nil }
    return try Value(value, at: pointer(name), as: role)
  }

  package mutating func requiredObject<Value: WireValue>(
    _ name: String, _ expected: String = "object", _: Value.Type = Value.self
  ) throws(ShapeError) -> Value {
    try Value(try required(name, expected), at: pointer(name), as: role)
  }

  package mutating func list<Value: WireValue>(
    _ name: String, count: Int = countLimit, _: Value.Type = Value.self
  ) throws(ShapeError) -> [Value]? {
    guard let elements = try array(name, count: count) else { return nil }
    var values: [Value] = []
    for (index, element) in elements.enumerated() {
      values.append(try Value(element, at: pointer(name) + "/\(index)", as: role))
    }
    return values
  }
}

extension ObjectReader {
  private mutating func array(_ name: String, count: Int) throws(ShapeError) -> [JSONValue]? {
    guard let value = value(name) else { return nil }
    guard case .array(let elements) = value, isWithin(elements.count, count) else {
      throw ShapeError(path: pointer(name), expected: "array of at most \(count) elements")
    }
    return elements
  }

  private func text(
    _ value: JSONValue, at path: @autoclosure () -> String, bytes: ClosedRange<Int>
  ) throws(ShapeError) -> String {
    guard case .string(let text) = value, role == .answer || bytes.contains(text.utf8.count) && !text.utf8.contains(0)
    else { throw ShapeError(path: path(), expected: Self.text(bytes)) }
    return text
  }

  private func number(
    _ value: JSONValue, at path: @autoclosure () -> String, in range: ClosedRange<Int>
  ) throws(ShapeError) -> Int {
    guard case .integer(let wide) = value, let number = Int(exactly: wide), role == .answer || range.contains(number)
    else { throw ShapeError(path: path(), expected: Self.text(integers: range)) }
    return number
  }

  private func word<Word: RawRepresentable<String> & CaseIterable>(
    _ value: JSONValue, at path: @autoclosure () -> String
  ) throws(ShapeError) -> Word {
    guard case .string(let text) = value, let word = Word(rawValue: text) else {
      throw ShapeError(path: path(), expected: Self.text(words: Word.self))
    }
    return word
  }

  /// The broker's own bounds are not the client's business.
  private func isWithin(_ count: Int, _ limit: Int) -> Bool { role == .answer || count <= limit }

  private static func text(_ bytes: ClosedRange<Int>) -> String {
    "string of \(bytes.lowerBound) to \(bytes.upperBound) bytes without NUL"
  }

  private static func text(integers: ClosedRange<Int>) -> String {
    "integer from \(integers.lowerBound) to \(integers.upperBound)"
  }

  private static func text<Word: RawRepresentable<String> & CaseIterable>(words: Word.Type) -> String {
    Word.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
  }

  private static func escaped(_ name: String) -> String {
    var out = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "~": out += "~0"
      case "/": out += "~1"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
