extension EngineClient {
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
