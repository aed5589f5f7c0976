/// An image that was pulled, or was there already.
package struct PulledImage: Sendable, Equatable {
  /// `sha256:…` of what the registry answered with; nil where the Engine did not say.
  package var digest: String?
}

extension EngineClient {
  /// `POST /images/create`: pulls one image. Its id has to be asked for afterwards.
  /// - Parameters:
  ///   - reference: `name`, `name:tag`, `name@digest` or `name:tag@digest`; without tag or digest, `latest`.
  ///   - platform: `os[/arch[/variant]]`; nil for the Engine's own.
  ///   - onEvents: progress and lines, as they come, on the calling thread.
  /// - Throws: `EngineError.pullFailed` where the Engine says why; `lost` and `timedOut` where it fell silent.
  package func createImage(
    _ reference: String, platform: String? = nil, auth: RegistryAuth? = nil, interrupt: Interrupt? = nil,
    onEvents: @escaping ([BuildEvent]) -> Void = { _ in }
  ) throws(EngineError) -> PulledImage {
    let name = ImageName(reference)
    var query = Query()
    query.add("fromImage", name.repository)
    query.add("tag", name.digest ?? name.tag ?? "latest")
    if let platform { query.add("platform", platform) }
    let pull = ImageTransfer(self, .pull, interrupt: interrupt, onEvents: onEvents)
    let exchange = try HTTPExchange(self, deadline: nil, interrupt: interrupt, observer: pull)
    try exchange.send(
      HTTPRequest(
        .post, versioned("/images/create"), query: query,
        fields: [("X-Registry-Auth", RegistryAuth.fieldValue(auth))]))
    try exchange.receive()
    return PulledImage(digest: try pull.digest())
  }
}

/// A name of an image, cut where its parts meet; what the parts may hold is the Engine's to check.
struct ImageName: Equatable {
  let repository: String
  let tag: String?
  let digest: String?

  init(_ reference: String) {
    let parts = reference.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    digest = parts.count == 2 ? String(parts[1]) : nil
    // A colon before a slash is that of the registry's port.
    let name = parts[0]
    if let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") {
      repository = String(name[..<colon])
      tag = String(name[name.index(after: colon)...])
    } else {
      repository = String(name)
      tag = nil
    }
  }
}
