package import JSON

/// What a context is made of, as several methods take it: the params `context`, `dockerfile` and `dockerfileText`.
package struct ContextFiles: WireObject, Equatable {
  /// Bytes of a Dockerfile that comes as text.
  package static let dockerfileTextLimit = 262_144

  package var context: ContextLocation
  /// Relative to the context.
  package var dockerfile: String
  /// Takes the place of `dockerfile`, whatever the context holds.
  package var dockerfileText: String?

  package init(_ context: ContextLocation, dockerfile: String = "Dockerfile", dockerfileText: String? = nil) {
    self.context = context
    self.dockerfile = dockerfile
    self.dockerfileText = dockerfileText
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    context = try reader.requiredObject("context", "absolute path, or an object with its kind")
    dockerfile = try reader.string("dockerfile", bytes: 1...ObjectReader.stringLimit) ?? "Dockerfile"
    dockerfileText = try reader.string("dockerfileText", bytes: 1...Self.dockerfileTextLimit)
    guard !dockerfile.hasPrefix("/") else {
      throw ShapeError(path: reader.pointer("dockerfile"), expected: "path relative to the context")
    }
    guard dockerfileText == nil || !reader.has("dockerfile") else {
      throw ShapeError(path: reader.pointer("dockerfile"), expected: "nothing beside dockerfileText")
    }
    guard context != .inline || dockerfileText != nil else {
      throw ShapeError(
        path: reader.pointer("dockerfileText"), expected: "the Dockerfile, as the context holds no files")
    }
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("context", context)
    if let dockerfileText {
      members.put("dockerfileText", dockerfileText)
    } else {
      members.put("dockerfile", dockerfile)
    }
    return members
  }
}
