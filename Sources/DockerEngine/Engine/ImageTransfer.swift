/// Follows the records of one pull or push.
final class ImageTransfer: HTTPExchangeObserver {
  enum Direction: Equatable {
    case pull
    case push(tag: String)
  }

  private let direction: Direction
  private let onEvents: ([BuildEvent]) -> Void
  private var watch: SilenceWatch
  /// When the other side has been silent for too long.
  private var deadline: SuspendingClock.Instant
  private let patience: Duration
  private var lines = JSONLineSplitter()
  private var head: HTTPResponseHead?
  private var refusal: [UInt8] = []
  private var failure: String?
  private var layers = LayerProgress()
  /// What the last fitting line gave.
  private var said: String?

  init(
    _ client: EngineClient, _ direction: Direction, interrupt: Interrupt?,
    onEvents: @escaping ([BuildEvent]) -> Void
  ) {
    self.direction = direction
    self.onEvents = onEvents
    watch = SilenceWatch(client, interrupt: interrupt)
    patience = client.timeouts.transfer
    deadline = .now.advanced(by: patience)
  }

  var alarm: SuspendingClock.Instant? { min(watch.next, deadline) }

  func alarmPassed() throws(EngineError) {
    // The Engine answers, as far as is known: it waits for the registry.
    guard SuspendingClock.now < deadline else {
      throw failed(.registry, "nothing was heard of the transfer for \(patience.components.seconds) seconds")
    }
    try watch.ask()
  }

  func received(_ received: [HTTPResponseDecoder.Event]) throws(EngineError) {
    watch.heard()
    deadline = .now.advanced(by: patience)
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
        said = digest(in: status.status) ?? said
        events.append(PullProgress.event(for: layers.measured(status), step: nil))
      case .pushed(let tag, let digest): if direction == .push(tag: tag), said == nil { said = digest }
      case .text, .imageID, .trace, .other: continue
      }
    }
  }

  /// A pull says `Digest: sha256:…`, a push `TAG: digest: sha256:… size: N`.
  private func digest(in status: String) -> String? {
    let mark =
      switch direction {
      case .pull: "Digest: "
      case .push(let tag): "\(tag): digest: "
      }
    guard status.hasPrefix(mark) else { return nil }
    return status.dropFirst(mark.count).split(separator: " ").first.map(String.init)
  }

  /// What the registry has now, or what was had from it; to be called when the exchange is over.
  func digest() throws(EngineError) -> String? {
    guard let head else { throw .lost }
    if !head.isSuccess { throw failed(BuildFailure(engineText: EngineClient.refusal(refusal), status: head.status)) }
    if let failure { throw failed(BuildFailure(engineText: failure)) }
    return said
  }

  private func failed(_ failure: BuildFailure) -> EngineError {
    let kind: FailureKind =
      switch failure.kind {
      // A 404 on these paths means the image; some of its texts do not say so.
      case .engine where failure.status == 404: .imageNotFound
      // An archive that breaks off is a layer on its way here: there is no context.
      case .contextInvalid: .registry
      default: failure.kind
      }
    return failed(kind, failure.message)
  }

  private func failed(_ kind: FailureKind, _ message: String) -> EngineError {
    switch direction {
    case .pull: .pullFailed(kind: kind, message: message)
    case .push: .pushFailed(kind: kind, message: message)
    }
  }
}
