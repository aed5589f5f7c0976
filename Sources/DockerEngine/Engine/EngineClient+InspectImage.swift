internal import JSON

/// What `GET /images/{name}/json` says.
package struct ImageSummary: Sendable, Equatable {
  /// `sha256:` and 64 hexadecimal digits.
  package var id: String
  package var sizeBytes: Int64
  /// `name@sha256:…`, one for each registry's repository it was pulled from or pushed to.
  package var repoDigests: [String]
  package var repoTags: [String]
  package var os: String
  package var architecture: String
  /// `v7`, say; empty where there is none.
  package var variant: String
  /// Instructions that run in a stage that starts from the image (`ONBUILD`), as they were written.
  package var triggers: [String]
}

extension EngineClient {
  /// - Parameter reference: a name with tag or digest, an id, or the beginning of one.
  /// - Returns: nil where there is no such image.
  package func inspectImage(
    _ reference: String, interrupt: Interrupt? = nil
  ) throws(EngineError) -> ImageSummary? {
    guard let answer = try jsonIfFound(HTTPRequest(.get, versioned("/images/\(reference)/json")), interrupt: interrupt)
    else { return nil }
    guard let summary = ImageSummary(answer) else { throw .protocolViolation(.unexpected(field: "Id")) }
    return summary
  }
}

extension ImageSummary {
  fileprivate init?(_ answer: JSONValue) {
    guard let id = answer["Id"]?.stringValue, !id.isEmpty else { return nil }
    func texts(_ value: JSONValue?) -> [String] { (value?.arrayValue ?? []).compactMap(\.stringValue) }
    self.id = id
    sizeBytes = answer["Size"]?.integerValue ?? 0
    repoDigests = texts(answer["RepoDigests"])
    repoTags = texts(answer["RepoTags"])
    triggers = texts(answer["Config"]?["OnBuild"])
    os = answer["Os"]?.stringValue ?? ""
    architecture = answer["Architecture"]?.stringValue ?? ""
    variant = answer["Variant"]?.stringValue ?? ""
  }
}
