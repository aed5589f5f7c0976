extension EngineClient {
  /// `GET /events`: stays on the connection until the Engine ends it, which is the only sign of a restart that Engines
  /// give. What they report meanwhile is read and dropped; the filter asks for next to nothing.
  ///
  /// - Throws: always: `EngineError.interrupted`, or how the connection ended, `EngineError.lost` as a rule.
  package func followToTheEnd(interrupt: Interrupt) throws(EngineError) -> Never {
    var query = Query()
    query.add("filters", #"{"type":["daemon"]}"#)
    let request = HTTPRequest(.get, versioned("/events"), query: query)
    let exchange = try HTTPExchange(self, deadline: nil, interrupt: interrupt, observer: DroppedResponse())
    try exchange.send(request)
    try exchange.receive()
    throw .lost
  }
}

/// Takes no notice of a response.
private final class DroppedResponse: HTTPExchangeObserver {
  let alarm: SuspendingClock.Instant? = nil
  func alarmPassed() {}
  func received(_ events: [HTTPResponseDecoder.Event]) {}
}

extension Interrupt {
  /// Waits for `interval`, or throws `EngineError.interrupted`.
  package func pause(_ interval: Duration) throws(EngineError) {
    try EngineConnection.pause(interval, interrupt: self)
  }
}
