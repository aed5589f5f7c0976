import JSON
import SwiftDockProtocol
import Testing

@testable import Broker

/// Much of what is allowed, faster than it is any good, beside a build that must not notice.
struct StormTests {
  private let witness: Witness
  private var fixture: BrokerFixture { witness.fixture }

  init() throws { witness = try Witness() }

  private func expectOutputIsBounded() throws {
    #expect(try fixture.inside { $0.sessions.values.allSatisfy { $0.output.bytes < 1 << 20 } })
  }

  @Test(arguments: [
    #"{"jsonrpc":"2.0","id":1,"method":"broker.ping"}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"build.list"}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"nothing"}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"broker.ping","method":1}"#,
    "[" + Array(repeating: #"{"jsonrpc":"2.0","id":1,"method":"broker.status"}"#, count: 64).joined(separator: ",")
      + "]",
  ])
  func requestsWhoseAnswersAreNeverReadAreHeldBack(request: String) throws {
    let client = try fixture.connect()
    let count = min(100_000, (5 << 20) / request.utf8.count)
    let writer = try WriterThread(client, String(repeating: request, count: count))
    try fixture.waitUntil { $0.sessions.values.contains { $0.output.isOverfull } }
    for _ in 1...20 { _ = try fixture.connect().call("broker.ping") }
    try expectOutputIsBounded()
    // Ends the writer, too.
    client.endInput()
    client.endOutput()
    client.close()
    writer.join()
    try witness.expectUndisturbed()
  }

  @Test func cancelRequestsForWhatThereIsAndIsNotEndWhatTheyName() throws {
    let client = try fixture.connect()
    let build = try #require(
      try client.call("build.list", ["states": ["running"]])["builds"]?.arrayValue?.first?["buildId"])
    for _ in 1...5 {
      var text = ""
      for id in 1...60 {
        text += #"{"jsonrpc":"2.0","id":\#(id),"method":"build.wait","params":{"buildId":\#(quoted(build))}}"#
      }
      for id in (1...60).reversed() {
        text += #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"\#(id)"}}"#
        text += #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id + 60)}}"#
        text += #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id)}}"#
        text += #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id)}}"#
      }
      let writer = try WriterThread(client, text)
      for id in (1...60).reversed() {
        let answer = try client.next()
        #expect(answer["id"] == .integer(Int64(id)) && answer["error"]?.code == -32800)
      }
      writer.join()
    }
    client.close()
    try witness.expectUndisturbed()
  }

  @Test func subscriptionsBeyondTheLimitAndBackAgain() throws {
    let client = try fixture.connect()
    let build = try #require(
      try client.call("build.list", ["states": ["running"]])["builds"]?.arrayValue?.first?["buildId"])
    let subscribe = #"{"jsonrpc":"2.0","id":1,"method":"logs.subscribe","params":{"buildId":\#(quoted(build))}}"#
    let writer = try WriterThread(client, String(repeating: subscribe, count: 500))
    var subscriptions: [JSONValue] = []
    var refused = 0
    while subscriptions.count + refused < 500 {
      let message = try client.next()
      if let id = message["result"]?["subscriptionId"] { subscriptions.append(id) }
      if let error = message["error"] {
        #expect(error.code == 1403)
        refused += 1
      }
    }
    writer.join()
    #expect(subscriptions.count == 32)
    for _ in 1...2 {
      for (index, id) in subscriptions.enumerated() {
        _ = try client.call("logs.unsubscribe", ["subscriptionId": id])
        subscriptions[index] = try client.call("logs.subscribe", ["buildId": build])["subscriptionId"] ?? .null
      }
    }
    #expect(Set(subscriptions.map(quoted)).count == 32)
    #expect(try client.error("logs.subscribe", ["buildId": build]).code == 1403)
    client.close()
    try witness.expectUndisturbed()
  }

  @Test(arguments: ["cancel", "keep"])
  func connectionMayBeLostAtAnyPointOfABuild(policy: String) throws {
    let context = JSONValue.string(try fixture.context())
    for count in 0...9 {
      for wait in [true, false] {
        let client = try fixture.connect()
        try client.request(
          "build",
          [
            "context": context, "wait": .bool(wait), "events": true, "dedupe": "never", "graceMs": 0,
            "onDisconnect": .string(policy),
          ])
        do { for _ in 0..<count { if try client.next().method == "logs.end" { break } } } catch is WireClient.Closed {}
        client.close()
      }
    }
    // All but the witness end by themselves.
    try fixture.waitUntil { broker in
      broker.sessions.count == 1 && broker.builds.values.count { !$0.state.isFinal } == 1
    }
    let states = try fixture.inside { $0.builds.values.filter(\.state.isFinal).map(\.state.rawValue) }
    #expect(states.count == 20)
    let possible: Set = policy == "keep" ? ["succeeded"] : ["succeeded", "cancelled"]
    #expect(possible.isSuperset(of: states))
    try witness.expectUndisturbed()
  }

  private func quoted(_ value: JSONValue) -> String { String(decoding: JSONWriter.bytes(of: value), as: UTF8.self) }
}
