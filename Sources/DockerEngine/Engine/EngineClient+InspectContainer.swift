internal import JSON

/// What `GET /containers/{id}/json` says.
package struct ContainerSummary: Sendable, Equatable {
  package var id: String
  package var isRunning: Bool
  /// As Docker writes it, in UTC: `2026-11-28T17:08:11.123456789Z`; empty where it is not said.
  package var created = ""
}

extension EngineClient {
  /// - Returns: nil where there is no such container.
  package func inspectContainer(
    _ id: String, interrupt: Interrupt? = nil
  ) throws(EngineError) -> ContainerSummary? {
    guard let answer = try jsonIfFound(HTTPRequest(.get, versioned("/containers/\(id)/json")), interrupt: interrupt)
    else { return nil }
    guard let running = answer["State"]?["Running"]?.boolValue else {
      throw .protocolViolation(.unexpected(field: "State.Running"))
    }
    return ContainerSummary(
      id: answer["Id"]?.stringValue ?? id, isRunning: running,
      created: answer["Created"]?.stringValue ?? "")
  }
}
