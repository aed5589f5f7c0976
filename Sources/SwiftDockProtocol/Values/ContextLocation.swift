package import JSON

/// Where a build's files come from.
package enum ContextLocation: WireValue, Equatable {
  /// A directory that the broker reads itself; absolute.
  case path(String)
  /// An archive that can be read from the descriptor of that index among those sent with the message.
  case descriptor(index: Int, ArchiveFormat)
  /// An archive that was sent in pieces before.
  case upload(id: String)
  /// No files but the Dockerfile, which comes as text.
  case inline

  package init(_ json: JSONValue, at path: String, as role: WireRole) throws(ShapeError) {
    switch json {
    case .string(let text):
      self = .path(try Self.absolute(text, at: path))
    case .object(let object):
      var reader = ObjectReader(object, at: path, as: role)
      let kind = try reader.requiredString("kind")
      switch kind {
      case "inline": self = .inline
      case "path":
        let text = try reader.requiredString("path")
        self = .path(try Self.absolute(text, at: reader.pointer("path")))
      case "fd":
        self = .descriptor(
          index: try reader.requiredInteger("fd", in: Self.indices), try reader.requiredWord("format"))
      case "upload": self = .upload(id: try reader.requiredString("uploadId"))
      default:
        throw ShapeError(
          path: reader.pointer("kind"), expected: #""path" or "fd" or "upload" or "inline""#,
          hint: "Other ways to send a context are capabilities of their own, which this broker does not name.")
      }
      try reader.finish()
    default:
      throw ShapeError(path: path, expected: "absolute path, or an object with its kind")
    }
  }

  /// Of the descriptors that one message may have.
  private static let indices = 0...15

  private static func absolute(_ text: String, at path: String) throws(ShapeError) -> String {
    guard text.hasPrefix("/"), text.utf8.count <= ObjectReader.stringLimit, !text.utf8.contains(0) else {
      throw ShapeError(path: path, expected: "absolute path of at most \(ObjectReader.stringLimit) bytes")
    }
    return text
  }

  package var json: JSONValue {
    switch self {
    case .path(let path): ["kind": "path", "path": .string(path)]
    case .descriptor(let index, let format):
      ["kind": "fd", "fd": .integer(Int64(index)), "format": .string(format.rawValue)]
    case .upload(let id): ["kind": "upload", "uploadId": .string(id)]
    case .inline: ["kind": "inline"]
    }
  }
}
