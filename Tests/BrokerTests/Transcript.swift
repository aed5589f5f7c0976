import JSON
import Testing

/// What a client was sent, in order, and questions about it.
struct Transcript {
  let messages: [JSONValue]

  /// Methods of notifications; `answer` for answers.
  var kinds: [String] { messages.map { $0.method ?? "answer" } }

  /// Those of the logs, in the order they came.
  var events: [JSONValue] {
    messages.filter { $0.method == "logs.event" }.flatMap { $0.params["events"]?.arrayValue ?? [] }
  }
  var numbers: [Int64] { events.map { $0.number("seq") } }
  var lines: [String] { events.filter { $0.text("kind") == "log" }.map { $0.text("text") } }
  var states: [String] { events.filter { $0.text("kind") == "state" }.map { $0.text("state") } }
  var ends: [JSONValue] { messages.filter { $0.method == "logs.end" }.map(\.params) }
  var answers: [JSONValue] { messages.filter { $0.method == nil } }

  /// The log is whole, from its first number to its result.
  func expectWholeLog(at location: SourceLocation = #_sourceLocation) {
    #expect(numbers == (0..<numbers.count).map { Int64($0) + 1 }, sourceLocation: location)
    #expect(events.last?.text("kind") == "result", sourceLocation: location)
    #expect(ends.map { $0.number("nextSeq") } == [Int64(numbers.count) + 1], sourceLocation: location)
  }
}

extension WireClient {
  /// Sends a request and no more, and reads all that comes.
  func only(_ method: String, _ params: JSONObject) throws -> Transcript {
    try request(method, params)
    endInput()
    return Transcript(messages: try readToEnd())
  }

  /// Waits for the end of one subscription.
  func readLog(of subscription: String) throws -> Transcript {
    Transcript(
      messages: try notifications { $0.method == "logs.end" && $0.params.text("subscriptionId") == subscription })
  }
}

extension BrokerFixture {
  /// A build to its end, as `build.wait` describes it.
  func build(_ params: JSONObject) throws -> JSONValue {
    var params = params
    params["wait"] = true
    params["events"] = false
    return try connect().call("build", params)
  }
}
