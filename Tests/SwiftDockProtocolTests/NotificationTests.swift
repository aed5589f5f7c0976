import JSON
import JSONRPC
import SwiftDockProtocol
import Testing

struct NotificationTests {
  private func travels<Notification: ProtocolNotification & Equatable>(
    _ notification: Notification, location: SourceLocation = #_sourceLocation
  ) throws {
    let read = try #require(try ServerMessage(notification.message), sourceLocation: location)
    guard case .notification(Notification.name, let params) = read else {
      Issue.record("not a notification of that name", sourceLocation: location)
      return
    }
    #expect(try Notification(received: params) == notification, sourceLocation: location)
  }

  @Test func notificationsTravelAndComeBack() throws {
    try travels(BuildAccepted(requestID: RPCID(0), buildID: "b", subscriptionID: "s"))
    try travels(BuildStateChanged(subscriptionID: "s", build: MethodTests.build))
    try travels(
      BuildProgress(
        subscriptionID: "s", buildID: "b",
        items: [.init(itemID: "i", label: "l", current: 1, total: 2, unit: .bytes, timeMs: 3)]))
    try travels(LogsEvent(subscriptionID: "s", buildID: "b", events: [], nextSeq: 1))
    try travels(LogsEnd(subscriptionID: "s", buildID: "b", nextSeq: 3, reason: .left, state: .cancelled))
    for value in [
      .build(MethodTests.build), .engine(MethodTests.engine), .broker(MethodTests.broker),
    ] as [EventsEvent.Value] {
      try travels(EventsEvent(subscriptionID: "s", value: value))
    }
    try travels(CancelRequest(id: RPCID("x") ?? RPCID(0)))
  }

  @Test func requestIDKeepsItsType() {
    #expect(BuildAccepted(requestID: RPCID(1), buildID: "b", subscriptionID: "s").members["requestId"] == 1)
    let text = RPCID("1").map { BuildAccepted(requestID: $0, buildID: "b", subscriptionID: "s").members["requestId"] }
    #expect(text == "1")
  }
}

struct LogEventTests {
  private static let diagnostic = Diagnostic(
    path: "Dockerfile", start: .init(line: 2), end: .init(line: 3), severity: .error, code: "c", source: .engine,
    message: "m", stepID: "s")

  @Test(
    arguments: [
      (.state(.running), #""kind":"state","state":"running""#),
      (
        .step(.init(stepID: "s", name: "RUN x", index: 2, total: 5, state: .failed, error: "e")),
        #""kind":"step","stepId":"s","name":"RUN x","index":2,"total":5,"state":"failed","error":"e""#
      ),
      (
        .step(.init(stepID: "s", name: "", state: .started)), #""kind":"step","stepId":"s","name":"","state":"started""#
      ),
      (
        .log(.init(stepID: "s", stream: .stderr, bytes: Array("a\0é\u{1b}[m".utf8))),
        #""kind":"log","stepId":"s","stream":"stderr","text":"a\u0000é\u001b[m""#
      ),
      (
        .log(.init(stream: .console, bytes: [0xFF, 0x00], isPartial: true)),
        #""kind":"log","stream":"console","base64":"/wA=","partial":true"#
      ),
      (
        .diagnostic(diagnostic),
        #""kind":"diagnostic","diagnostic":{"path":"Dockerfile","range":{"start":{"line":2,"character":0},"end":{"line":3,"character":0}},"#
          + #""severity":1,"code":"c","source":"engine","message":"m","stepId":"s"}"#
      ),
      (.warning(code: "W", message: "m"), #""kind":"warning","code":"W","message":"m""#),
      (
        .result(.init(state: .succeeded, imageID: "sha256:a", sizeBytes: 3)),
        #""kind":"result","state":"succeeded","imageId":"sha256:a","sizeBytes":3"#
      ),
    ] as [(LogEvent.Body, String)])
  func entriesAreExactlyThis(body: LogEvent.Body, text: String) throws {
    let event = LogEvent.entry(seq: 3, timeMs: 9, body)
    let bytes = JSONWriter.bytes(of: event.json)
    #expect(String(decoding: bytes, as: UTF8.self) == #"{"seq":3,"timeMs":9,"# + text + "}")
    #expect(try LogEvent(JSONParser.parse(bytes), at: "", as: .answer) == event)
  }

  @Test func gapHasNoNumberOfItsOwn() throws {
    let gap = LogEvent.gap(.init(fromSeq: 4, toSeq: 9, bytes: 100, reason: .retention))
    #expect(gap.json == ["kind": "gap", "fromSeq": 4, "toSeq": 9, "bytes": 100, "reason": "retention"])
    #expect(try LogEvent(gap.json, at: "", as: .answer) == gap)
  }

  @Test func unknownKindIsKeptWhole() throws {
    let json: JSONValue = ["seq": 1, "timeMs": 2, "kind": "novelty", "x": [1]]
    #expect(try LogEvent(json, at: "", as: .answer).json == json)
  }

  @Test(
    arguments: [
      ["seq": 1, "timeMs": 2, "kind": "log", "stream": "stdout"],
      ["seq": 1, "timeMs": 2, "kind": "log", "stream": "stdout", "text": "a", "base64": ""],
      ["seq": 1, "timeMs": 2, "kind": "log", "stream": "stdout", "base64": "a"],
      ["seq": 1, "timeMs": 2, "kind": "log", "stream": "tty", "text": ""],
      ["timeMs": 2, "kind": "state", "state": "running"],
      ["seq": 1, "timeMs": 2, "kind": "diagnostic", "diagnostic": ["path": "x"]],
    ] as [JSONValue])
  func malformedEventsAreRefused(json: JSONValue) {
    #expect(throws: ShapeError.self) { try LogEvent(json, at: "", as: .answer) }
  }
}
