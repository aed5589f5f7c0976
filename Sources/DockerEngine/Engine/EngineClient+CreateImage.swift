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
    let pull = PullConversation(self, interrupt: interrupt, onEvents: onEvents)
    let exchange = try HTTPExchange(self, deadline: nil, interrupt: interrupt, observer: pull)
    try exchange.send(
      HTTPRequest(
        .post, versioned("/images/create"), query: query,
        fields: [("X-Registry-Auth", RegistryAuth.fieldValue(auth))]))
    try exchange.receive()
    return try pull.result()
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

/// Follows the records of one pull.
private final class PullConversation: HTTPExchangeObserver {
  private let onEvents: ([BuildEvent]) -> Void
  private var watch: SilenceWatch
  private var lines = JSONLineSplitter()
  private var head: HTTPResponseHead?
  private var refusal: [UInt8] = []
  private var failure: String?
  private var digest: String?

  init(_ client: EngineClient, interrupt: Interrupt?, onEvents: @escaping ([BuildEvent]) -> Void) {
    self.onEvents = onEvents
    watch = SilenceWatch(client, interrupt: interrupt)
  }

  var alarm: SuspendingClock.Instant? { watch.next }
  func alarmPassed() throws(EngineError) { try watch.ask() }

  func received(_ received: [HTTPResponseDecoder.Event]) throws(EngineError) {
    watch.heard()
    var events: [BuildEvent] = []
    for event in received {
      switch event {
      case .head(let head): self.head = head
      case .body(let bytes) where head?.isSuccess == true: try read(bytes, into: &events)
      case .body(let bytes):
        refusal.append(contentsOf: bytes.prefix(max(0, ResponseCollector.refusalLimit - refusal.count)))
      case .end: break
      }
    }
    if !events.isEmpty { onEvents(events) }
  }

  private func read(_ bytes: ArraySlice<UInt8>, into events: inout [BuildEvent]) throws(EngineError) {
    var records: [ArraySlice<UInt8>] = []
    do { try lines.append(bytes, to: &records) } catch {
      throw .protocolViolation(.recordTooLong(limit: error.limit))
    }
    for line in records {
      let record: EngineRecord
      do { record = try EngineRecord(parsing: line) } catch { throw .protocolViolation(.json(error)) }
      switch record {
      case .error(let message, _): failure = message
      case .status(let status):
        if status.status.hasPrefix("Digest: ") { digest = String(status.status.dropFirst("Digest: ".count)) }
        events.append(PullProgress.event(for: status, step: nil))
      case .text, .imageID, .trace, .other: continue
      }
    }
  }

  func result() throws(EngineError) -> PulledImage {
    guard let head else { throw .lost }
    if !head.isSuccess {
      let failure = BuildFailure(engineText: EngineClient.refusal(refusal), status: head.status)
      // A 404 on this path means the image; some of its texts do not say so.
      throw .pullFailed(
        kind: failure.kind == .engine && head.status == 404 ? .imageNotFound : failure.kind, message: failure.message)
    }
    if let failure {
      let failure = BuildFailure(engineText: failure)
      throw .pullFailed(kind: failure.kind, message: failure.message)
    }
    return PulledImage(digest: digest)
  }
}
