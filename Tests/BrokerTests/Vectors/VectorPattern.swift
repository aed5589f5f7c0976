import JSON
import JSONRPC
import SwiftDockProtocol

/// What a vector has given names to, written `${name}` in later texts and patterns.
struct VectorNames {
  struct Unknown: Error { let name: String }

  private(set) var values: [String: String] = [:]

  subscript(name: String) -> String? {
    get { values[name] }
    set { values[name] = newValue }
  }

  func replaced(in text: String) throws -> String {
    var out = ""
    var rest = text[...]
    while let opening = rest.firstRange(of: "${") {
      out += rest[..<opening.lowerBound]
      rest = rest[opening.upperBound...]
      guard let closing = rest.firstIndex(of: "}") else { throw Unknown(name: String(rest)) }
      let name = String(rest[..<closing])
      guard let value = values[name] else { throw Unknown(name: name) }
      out += value
      rest = rest[rest.index(after: closing)...]
    }
    return out + rest
  }
}

/// The language of `expect` in vectors: JSON, where objects may have more members than the pattern and some strings and
/// objects with a `$` mean something.
struct VectorPattern {
  /// Why the value does not fit the pattern, nil where it does. Names are given only where it does.
  static func mismatch(_ pattern: JSONValue, _ value: JSONValue?, _ names: inout VectorNames) throws -> String? {
    var attempt = names
    if let why = try compare(pattern, value, at: "", &attempt) { return why }
    names = attempt
    return nil
  }

  private static func compare(
    _ pattern: JSONValue, _ value: JSONValue?, at path: String, _ names: inout VectorNames
  ) throws -> String? {
    func because(_ why: String) -> String { "\(path.isEmpty ? "the message" : path): \(why)" }
    if pattern == "$absent" { return value == nil ? nil : because("there is \(shown(value))") }
    guard let value else { return because("nothing there, wanted \(shown(pattern))") }
    switch pattern {
    case .string(let text) where text.hasPrefix("$") && !text.hasPrefix("${"):
      return try isOf(kind: text, value) ? nil : because("\(shown(value)) is not \(text)")
    case .string(let text):
      let wanted = try names.replaced(in: text)
      return value == .string(wanted) ? nil : because("\(shown(value)) instead of \"\(wanted)\"")
    case .array(let patterns):
      guard let elements = value.arrayValue, elements.count == patterns.count else {
        return because("\(shown(value)) is not an array of \(patterns.count)")
      }
      for (index, pattern) in patterns.enumerated() {
        if let why = try compare(pattern, elements[index], at: "\(path)/\(index)", &names) { return why }
      }
      return nil
    case .object(let members) where members.members.first?.name.hasPrefix("$") == true:
      return try compare(special: members, value, at: path, &names)
    case .object(let members):
      guard value.objectValue != nil else { return because("\(shown(value)) is not an object") }
      for member in members.members {
        if let why = try compare(member.value, value[member.name], at: "\(path)/\(member.name)", &names) { return why }
      }
      return nil
    case .null, .bool, .integer, .decimal:
      return value == pattern ? nil : because("\(shown(value)) instead of \(shown(pattern))")
    }
  }

  private static func compare(
    special: JSONObject, _ value: JSONValue, at path: String, _ names: inout VectorNames
  ) throws -> String? {
    func because(_ why: String) -> String { "\(path): \(why)" }
    for member in special.members {
      switch (member.name, member.value) {
      case ("$regex", .string(let text)):
        guard let found = value.stringValue, try Regex(text).wholeMatch(in: found) != nil else {
          return because("\(shown(value)) does not match \(text)")
        }
      case ("$bind", .string(let name)):
        guard let text = value.stringValue else { return because("\(shown(value)) is no string to be named") }
        names[name] = text
      case ("$is", let pattern):
        if let why = try compare(pattern, value, at: path, &names) { return why }
      case ("$oneOf", .array(let patterns)):
        let fits = try patterns.contains { try compare($0, value, at: path, &names) == nil }
        if !fits { return because("\(shown(value)) is none of \(shown(member.value))") }
      case ("$each", let pattern):
        guard let elements = value.arrayValue else { return because("\(shown(value)) is not an array") }
        for (index, element) in elements.enumerated() {
          if let why = try compare(pattern, element, at: "\(path)/\(index)", &names) { return why }
        }
      case ("$count", .integer(let count)):
        guard value.arrayValue?.count == Int(count) else { return because("\(shown(value)) has not \(count) elements") }
      case ("$members", .array(let wanted)):
        let found = value.objectValue?.members.map { JSONValue.string($0.name) }
        guard found == wanted else { return because("members \(found.map { shown(.array($0)) } ?? "none")") }
      default: throw VectorNames.Unknown(name: member.name)
      }
    }
    return nil
  }

  private static func isOf(kind: String, _ value: JSONValue) throws -> Bool {
    switch (kind, value) {
    case ("$any", _), ("$string", .string), ("$integer", .integer), ("$boolean", .bool), ("$array", .array),
      ("$object", .object):
      true
    case ("$id", .string(let text)):
      text.utf8.count == 32 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    case ("$string", _), ("$integer", _), ("$boolean", _), ("$array", _), ("$object", _), ("$id", _): false
    default: throw VectorNames.Unknown(name: kind)
    }
  }

  private static func shown(_ value: JSONValue?) -> String {
    value.map { String(String(decoding: JSONWriter.bytes(of: $0), as: UTF8.self).prefix(400)) } ?? "nothing"
  }
}

/// What holds for every message of the broker, whatever a vector says about it.
enum VectorRules {
  /// Why the message is none that a broker may send.
  static func fault(in message: JSONValue) -> String? {
    if let answers = message.arrayValue {
      if answers.isEmpty { return "an empty array" }
      return answers.lazy.compactMap { answer in
        answer["id"] == nil ? "no answer in a batch" : fault(in: answer)
      }.first
    }
    let names = message.objectValue?.members.map(\.name) ?? []
    guard message["jsonrpc"] == "2.0" else { return "no jsonrpc 2.0" }
    switch names {
    case ["jsonrpc", "id", "result"]: return fault(below: message["result"])
    case ["jsonrpc", "id", "error"]: return fault(inError: message["error"])
    case ["jsonrpc", "method", "params"]:
      return message.params.objectValue == nil ? "params that are no object" : fault(below: message["params"])
    default: return "members \(names)"
    }
  }

  /// Errors inside of results, and the one name that must not be there.
  private static func fault(below value: JSONValue?) -> String? {
    switch value {
    case .array(let elements)?: return elements.lazy.compactMap { fault(below: $0) }.first
    case .object(let object)?:
      for member in object.members {
        if member.name == "jsonrpc" { return "a member jsonrpc below the top" }
        let why = member.name == "error" ? fault(inError: member.value) : fault(below: member.value)
        if let why { return why }
      }
      return nil
    case nil, .null?, .bool?, .integer?, .decimal?, .string?: return nil
    }
  }

  private static func fault(inError error: JSONValue?) -> String? {
    guard error?.objectValue?.members.map(\.name) == ["code", "message", "data"] else {
      return "an error with other members than code, message and data"
    }
    let row = ErrorKind.all.first { error?.name == $0.name }
    guard let row, error?.code == Int64(row.code.rawValue) else { return "an error that is not in the table" }
    guard error?["data"]?["retryable"] == .bool(row.isRetryable) else { return "retryable differs from the table" }
    guard error?.text("message").isEmpty == false, error?["data"]?["traceId"]?.stringValue != nil else {
      return "an error without message or traceId"
    }
    return nil
  }
}
