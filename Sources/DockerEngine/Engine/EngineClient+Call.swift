internal import JSON

/// Keeps a response of bounded size.
final class ResponseCollector: HTTPExchangeObserver {
  /// Bytes kept of the body of a refusal; the rest is read and dropped.
  static let refusalLimit = 65_536

  private let limit: Int
  private(set) var head: HTTPResponseHead?
  private(set) var body: [UInt8] = []

  init(limit: Int) { self.limit = limit }

  let alarm: SuspendingClock.Instant? = nil
  func alarmPassed() {}

  func received(_ events: [HTTPResponseDecoder.Event]) throws(EngineError) {
    for event in events {
      switch event {
      case .head(let head): self.head = head
      case .body(let bytes): try keep(bytes)
      case .end: break
      }
    }
  }

  private func keep(_ bytes: ArraySlice<UInt8>) throws(EngineError) {
    guard head?.isSuccess == true else {
      body.append(contentsOf: bytes.prefix(max(0, Self.refusalLimit - body.count)))
      return
    }
    guard body.count + bytes.count <= limit else { throw .protocolViolation(.bodyTooLong(limit: limit)) }
    body.append(contentsOf: bytes)
  }
}

extension EngineClient {
  /// Bytes of the longest answer that is one JSON value.
  private static let answerLimit = 16 << 20

  /// One request without a body and its whole answer.
  /// - Throws: `EngineError.refused` for a status outside 200…299.
  func call(
    _ request: HTTPRequest, within limit: Duration? = nil, interrupt: Interrupt?
  ) throws(EngineError) -> (head: HTTPResponseHead, body: [UInt8]) {
    let collector = ResponseCollector(limit: Self.answerLimit)
    let exchange = try HTTPExchange(
      self, bodyExpected: request.method != .head, deadline: .now.advanced(by: limit ?? timeouts.answer),
      interrupt: interrupt, observer: collector)
    try exchange.send(request)
    try exchange.receive()
    guard let head = collector.head else { throw .lost }
    guard head.isSuccess else { throw .refused(status: head.status, message: Self.refusal(collector.body)) }
    return (head, collector.body)
  }

  /// As `call`, for answers that are JSON.
  func json(_ request: HTTPRequest, interrupt: Interrupt?) throws(EngineError) -> JSONValue {
    let body = try call(request, interrupt: interrupt).body
    do { return try JSONParser.parse(body) } catch { throw .protocolViolation(.json(error)) }
  }

  /// As `json`, or nil where the Engine says that there is no such thing.
  func jsonIfFound(_ request: HTTPRequest, interrupt: Interrupt?) throws(EngineError) -> JSONValue? {
    do throws(EngineError) { return try json(request, interrupt: interrupt) } catch {
      if case .refused(status: 404, message: _) = error { return nil }
      throw error
    }
  }

  /// The text of a refusal: `{"message": …}`, or plain text as Engines answer to API versions below 1.24.
  static func refusal(_ body: [UInt8]) -> String {
    let json = try? JSONParser.parse(body)  // Plain text is as good.
    let message = json?["message"]?.stringValue ?? String(decoding: body, as: UTF8.self)
    let trimmed = message.drop { $0.isWhitespace }
    let end = trimmed.lastIndex { !$0.isWhitespace }
    return (end.map { String(trimmed[...$0]) } ?? "").clipped(to: EngineText.limit)
  }
}
