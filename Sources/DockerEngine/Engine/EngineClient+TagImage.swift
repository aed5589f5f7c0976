extension EngineClient {
  /// `POST /images/{id}/tag`. A tag that another image has moves to this one.
  /// - Parameter id: an image's id or name.
  package func tagImage(
    _ id: String, repository: String, tag: String, interrupt: Interrupt? = nil
  ) throws(EngineError) {
    var query = Query()
    query.add("repo", repository)
    query.add("tag", tag)
    _ = try call(HTTPRequest(.post, versioned("/images/\(id)/tag"), query: query), interrupt: interrupt)
  }
}
