/// Follows one answer to `POST /build` and hands its events on, one batch a read.
final class BuildConversation: HTTPExchangeObserver {
  private enum Vigil {
    /// Waiting for the build to say something.
    case silence(SilenceWatch)
    /// Waiting for a cancelled build to end. Asked again and again: an Engine says yes to a cancel that comes before it
    /// knows the build, and forgets it.
    case cancelling(again: SuspendingClock.Instant)
  }

  let start = BuildStart()
  private let client: EngineClient
  private let options: BuildOptions
  private let onEvents: ([BuildEvent]) -> Void
  private var vigil: Vigil
  private var upload: UploadProgress
  private var reader: BuildStreamReader
  /// When to hand out an unfinished line.
  private var partialLine: SuspendingClock.Instant?
  private(set) var head: HTTPResponseHead?
  private var refusal: [UInt8] = []

  init(
    _ client: EngineClient, _ options: BuildOptions, bodySize: Int64, interrupt: Interrupt,
    onEvents: @escaping ([BuildEvent]) -> Void
  ) {
    self.client = client
    self.options = options
    self.onEvents = onEvents
    vigil = .silence(SilenceWatch(client, interrupt: interrupt))
    upload = UploadProgress(total: bodySize)
    reader = BuildStreamReader(builder: options.builder)
  }

  var announcedContainers: [String] { reader.announcedContainers }

  /// What the stream has said so far, or what the Engine refused the request with.
  var verdict: StreamVerdict {
    guard let head, !head.isSuccess else { return reader.verdict }
    return .failed(BuildFailure(engineText: EngineClient.refusal(refusal), status: head.status))
  }

  var alarm: SuspendingClock.Instant? {
    let next =
      switch vigil {
      case .silence(let watch): watch.next
      case .cancelling(let again): again
      }
    return partialLine.map { min($0, next) } ?? next
  }

  func alarmPassed() throws(EngineError) {
    let now = SuspendingClock.now
    if let due = partialLine, due <= now {
      partialLine = nil
      give { $0.flushPartials(into: &$1) }
    }
    switch vigil {
    case .silence(var watch) where watch.next <= now:
      try watch.ask()
      vigil = .silence(watch)
    case .cancelling(let again) where again <= now: askToCancel()
    case .silence, .cancelling: break
    }
  }

  func took(_ count: Int) {
    if let item = upload.sent(count) { onEvents([.progress(item)]) }
  }

  func received(_ received: [HTTPResponseDecoder.Event]) throws(EngineError) {
    if case .silence(var watch) = vigil {
      watch.heard()
      vigil = .silence(watch)
    }
    var violation: ProtocolViolation?
    give { reader, events in
      for event in received where violation == nil {
        switch event {
        case .head(let head): self.head = head
        case .body(let bytes) where self.head?.isSuccess == true:
          do throws(ProtocolViolation) { try reader.read(bytes, into: &events) } catch { violation = error }
        case .body(let bytes):
          self.refusal.append(contentsOf: bytes.prefix(max(0, ResponseCollector.refusalLimit - self.refusal.count)))
        case .end: break
        }
      }
    }
    if let violation { throw .protocolViolation(violation) }
    partialLine = .now.advanced(by: client.timeouts.partialLine)
  }

  /// From now on the build is asked to end instead of watched.
  func beginCancelling() { vigil = .cancelling(again: .now) }

  /// Nothing more comes.
  func finish() { give { $0.finish(into: &$1) } }

  private func askToCancel() {
    // Whether the Engine takes it shows in the end of the stream; where it never comes, there is a deadline.
    _ = try? client.cancelBuild(options.buildID, within: client.timeouts.ping)
    vigil = .cancelling(again: .now.advanced(by: .seconds(1)))
  }

  private func give(_ body: (inout BuildStreamReader, inout [BuildEvent]) -> Void) {
    var events: [BuildEvent] = []
    body(&reader, &events)
    if !events.isEmpty { onEvents(events) }
  }
}
