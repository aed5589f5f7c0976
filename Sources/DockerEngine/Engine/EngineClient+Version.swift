internal import JSON

/// `GET /version`.
package struct EngineVersion: Sendable, Equatable {
  package var version: String
  package var apiVersion: APIVersion
  /// Nil where the Engine does not tell, as Podman's does not always.
  package var minimumAPIVersion: APIVersion?
}

extension EngineClient {
  /// `GET /version`, without a version in its own path, so that any Engine answers.
  package func version(interrupt: Interrupt? = nil) throws(EngineError) -> EngineVersion {
    let answer = try json(HTTPRequest(.get, "/version"), interrupt: interrupt)
    guard let api = answer["ApiVersion"]?.stringValue.flatMap({ APIVersion($0) }) else {
      throw .protocolViolation(.unexpected(field: "ApiVersion"))
    }
    return EngineVersion(
      version: answer["Version"]?.stringValue ?? "", apiVersion: api,
      minimumAPIVersion: answer["MinAPIVersion"]?.stringValue.flatMap { APIVersion($0) })
  }
}
