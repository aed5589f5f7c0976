extension EngineClient {
  /// Removes a container that a build has announced, running or not; leaves alone what was there before it.
  package func removeContainer(
    _ id: String, ofBuildSince start: BuildStart, interrupt: Interrupt? = nil
  ) throws(EngineError) {
    guard let container = try inspectContainer(id, interrupt: interrupt), start.isNotAfter(container) else { return }
    try removeContainer(id, force: true, interrupt: interrupt)
  }

  /// `DELETE /containers/{id}`, its anonymous volumes included. One that is gone already is fine.
  package func removeContainer(_ id: String, force: Bool, interrupt: Interrupt? = nil) throws(EngineError) {
    var query = Query()
    query.add("force", force)
    query.add("v", true)
    do throws(EngineError) {
      _ = try call(HTTPRequest(.delete, versioned("/containers/\(id)"), query: query), interrupt: interrupt)
    } catch {
      guard case .refused(status: 404, message: _) = error else { throw error }
    }
  }
}
