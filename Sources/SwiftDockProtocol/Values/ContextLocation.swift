package import JSON

/// Where a build's files come from.
package enum ContextLocation: WireValue, Equatable {
  /// A directory that the broker reads itself; absolute.
  case path(String)
  /// No files but the Dockerfile, which comes as text.
  case inline

  package init(_ json: JSONValue, at path: String, as role: WireRole) throws(ShapeError) {
    switch json {
    case .string(let text):
      self = .path(try Self.absolute(text, at: path))
    case .object(let object):
      var reader = ObjectReader(object, at: path, as: role)
      let kind = try reader.requiredString("kind")
      if kind == "inline" {
        try reader.finish()
        self = .inline
        return
      }
      guard kind == "path" else {
        throw ShapeError(
          path: reader.pointer("kind"), expected: #""path" or "inline""#,
          hint: "Other ways to send a context are capabilities of their own, which this broker does not name.")
      }
      let text = try reader.requiredString("path")
      try reader.finish()
      self = .path(try Self.absolute(text, at: reader.pointer("path")))
    default:
      throw ShapeError(path: path, expected: "absolute path, or an object with its kind")
    }
  }

  private static func absolute(_ text: String, at path: String) throws(ShapeError) -> String {
    guard text.hasPrefix("/"), text.utf8.count <= ObjectReader.stringLimit, !text.utf8.contains(0) else {
      throw ShapeError(path: path, expected: "absolute path of at most \(ObjectReader.stringLimit) bytes")
    }
    return text
  }

  package var json: JSONValue {
    switch self {
    case .path(let path): ["kind": "path", "path": .string(path)]
    case .inline: ["kind": "inline"]
    }
  }
}
