/// An image that a registry has taken.
package struct PushedImage: Sendable, Equatable {
  /// `sha256:…` of the manifest under the tag; nil where the Engine did not say.
  package var digest: String?
}

extension EngineClient {
  /// `POST /images/{name}/push`: hands one tag of a repository to the registry that the repository's name says.
  /// - Parameters:
  ///   - tag: always sent, since without it the Engine pushes every tag that the repository has.
  ///   - onEvents: progress by layer, as it comes, on the calling thread.
  /// - Throws: `EngineError.pushFailed` where the Engine says why; `lost` and `timedOut` where it fell silent.
  package func pushImage(
    _ repository: String, tag: String, auth: RegistryAuth? = nil, interrupt: Interrupt? = nil,
    onEvents: @escaping ([BuildEvent]) -> Void = { _ in }
  ) throws(EngineError) -> PushedImage {
    var query = Query()
    query.add("tag", tag)
    let push = ImageTransfer(self, .push(tag: tag), interrupt: interrupt, onEvents: onEvents)
    let exchange = try HTTPExchange(self, deadline: nil, interrupt: interrupt, observer: push)
    try exchange.send(
      HTTPRequest(
        .post, versioned("/images/\(repository)/push"), query: query,
        fields: [("X-Registry-Auth", RegistryAuth.fieldValue(auth))]))
    try exchange.receive()
    return PushedImage(digest: try push.digest())
  }
}
