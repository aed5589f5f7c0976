extension EngineClient {
  /// `POST /build/cancel`: ends the BuildKit build of that id. The Engine says yes to unknown ids too, and to those of
  /// classic builds, which go on.
  package func cancelBuild(
    _ buildID: String, within limit: Duration? = nil, interrupt: Interrupt? = nil
  ) throws(EngineError) {
    var query = Query()
    query.add("id", buildID)
    _ = try call(HTTPRequest(.post, versioned("/build/cancel"), query: query), within: limit, interrupt: interrupt)
  }
}
