import JSON
import JSONRPC
import SwiftDockTestSupport
import Testing

@testable import Broker

/// No answer is larger than `limits.answerBytes`: Protocol/README.md, "Limits".
struct AnswerSizeTests {
  private static let limit = 4 << 20
  private let fixture: BrokerFixture
  private let client: WireClient

  init() throws {
    fixture = try BrokerFixture()
    client = try fixture.connect()
  }

  /// Builds whose descriptions are as long as annotations make them.
  private func makeBuilds(_ count: Int) throws -> Set<String> {
    var annotations = JSONObject()
    for index in 1...16 {
      annotations["\(index)" + String(repeating: "n", count: 8_000)] = .string(String(repeating: "\u{1}", count: 8_192))
    }
    var ids: Set<String> = []
    for _ in 1...count {
      let build = try client.call("build", ["context": "/missing", "annotations": .object(annotations)])
      ids.insert(build.text("buildId"))
    }
    return ids
  }

  private func nextWithinLimit() throws -> JSONValue {
    let frame = try client.nextFrame()
    #expect(frame.count <= Self.limit)
    return try JSONParser.parse(frame)
  }

  @Test func listIsCutIntoPagesThatFitAndShowsEveryBuildOnce() throws {
    let ids = try makeBuilds(6)
    var found: [String] = []
    var pages = 0
    var cursor: JSONValue? = .null
    while let from = cursor {
      try client.request("build.list", ["limit": 500, "cursor": from])
      let page = try #require(try nextWithinLimit()["result"])
      found += page["builds"]?.arrayValue?.map { $0.text("buildId") } ?? []
      cursor = page["nextCursor"]
      pages += 1
    }
    #expect(pages > 1)
    #expect(found.count == ids.count && Set(found) == ids)
  }

  /// What comes behind is not even tried: a batch costs no more than its answer.
  @Test func batchIsAnsweredAsFarAsThereIsRoom() throws {
    _ = try makeBuilds(3)
    let list = #"{"jsonrpc":"2.0","id":"\#(String(repeating: "i", count: 8_190))","method":"build.list"}"#
    let ping = #"{"jsonrpc":"2.0","id":1,"method":"broker.ping"}"#
    try client.send(raw: "[" + ([ping] + Array(repeating: list, count: 62) + [ping]).joined(separator: ",") + "]\n")
    let answers = try #require(try nextWithinLimit().arrayValue)
    try #require(answers.count == 64)
    #expect(answers.prefix(2).allSatisfy { $0["result"] != nil })
    let refused = answers.dropFirst(2).compactMap { $0["error"] }
    #expect(refused.count == 62 && refused.allSatisfy { $0.code == 1003 && $0.detail.number("limitBytes") == 4 << 20 })
    _ = try client.call("broker.ping")
  }

  @Test func echoThatDoesNotFitIsRefusedAndTheConnectionGoesOn() throws {
    // Six bytes each in the answer, two each in the request.
    let text = String(repeating: #"\b"#, count: 720_000)
    try client.send(raw: #"{"jsonrpc":"2.0","id":1,"method":"broker.ping","params":{"echo":"\#(text)"}}"# + "\n")
    let answer = try nextWithinLimit()
    #expect(answer["id"] == 1)
    #expect(answer["error"]?.code == 1003)
    _ = try client.call("broker.ping")
  }

  @Test func errorsDoNotGiveBackWhatIsLong() throws {
    // One character, and much of it.
    let name = "e" + String(repeating: "\u{301}", count: 720_000)
    try client.request(name)
    #expect(try client.nextFrame().count < 2_000)
    try client.request("broker.ping", [name: 1])
    #expect(try client.nextFrame().count < 2_000)
    try client.request("initialize", ["require": [.string(String(repeating: "x", count: 129))]])
    #expect(try client.next()["error"]?.detail["path"] == "/require/0")
  }

  @Test func buildWithManyTagsThatFailIsDescribedWithinTheLimit() throws {
    fixture.engine.on("POST /images/*/tag") { exchange in
      try exchange.respond(status: 500, json: ["message": .string(String(repeating: "\u{1}", count: 3_000))])
    }
    let path = Array(repeating: String(repeating: "a", count: 60), count: 4).joined(separator: "/")
    let tags = (1...300).map { JSONValue.string("\(path):\($0)-\(String(repeating: "t", count: 120))") }
    try client.request(
      "build", ["context": .string(try fixture.context()), "tags": .array(tags), "wait": true, "events": false])
    let build = try #require(try nextWithinLimit()["result"])
    #expect(build["error"]?.code == 1509)
    #expect(build["error"]?.detail["tags"]?.arrayValue?.count == 300)
    #expect(build["result"]?["tags"]?.arrayValue?.count == 300)
    try client.request("build.list")
    #expect(try nextWithinLimit()["result"]?["builds"]?.arrayValue?.count == 1)
  }

  @Test func pageOfALogFitsWhateverItsLinesHold() throws {
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.trace(FakeEngineTrace().vertex("sha256:1", "[1/1] RUN x", started: 1))
      // Control characters are what takes most room in JSON.
      for _ in 0..<3 {
        try exchange.trace(FakeEngineTrace().log("sha256:1", Array(repeating: 0x01, count: 65_535) + [0x0A]))
        try exchange.trace(FakeEngineTrace().log("sha256:1", Array(repeating: 0xFF, count: 65_535) + [0x0A]))
      }
      try exchange.endWithImage()
    }
    let build = try fixture.build(["context": .string(try fixture.context())])
    for ansi in ["strip", "keep"] {
      var from: Int64 = 1
      while from <= build.number("lastSeq") {
        try client.request(
          "logs.read",
          ["buildId": build["buildId"] ?? .null, "from": .integer(from), "maxBytes": 1_048_576, "ansi": .string(ansi)])
        let page = try #require(try nextWithinLimit()["result"])
        try #require(page.number("nextSeq") > from)
        from = page.number("nextSeq")
      }
    }
  }
}

/// The budget of a batch.
struct BatchAnswersTests {
  private func sizes(_ answers: [Int?], limit: Int) -> [Int] {
    var batch = BatchAnswers(messages: answers.count, limit: limit)
    for size in answers { batch.append(size.map { [UInt8](repeating: 0, count: $0) }) { [1] } }
    return batch.answers.map(\.count)
  }

  @Test func answersAreTakenWhileThereIsRoomForARefusalOfAllThatFollow() {
    #expect(sizes([10, nil, 10], limit: 100_000) == [10, 10])
    #expect(sizes([1_000, 10], limit: 1_000) == [1, 10])
    #expect(sizes([90_000, 10], limit: 100_000) == [1, 10])
    #expect(sizes([80_000, 80_000, 10], limit: 120_000) == [80_000, 1, 10])
  }

  @Test func refusalFillsTheBatch() {
    var batch = BatchAnswers(messages: 2, limit: 100)
    batch.append([UInt8](repeating: 0, count: 200)) { [1] }
    #expect(batch.isFull)
  }

  @Test func arrayIsNeverLargerThanTheLimitWhereRefusalsAreSmall() {
    for size in stride(from: 0, through: 200_000, by: 39_979) {
      var batch = BatchAnswers(messages: 64, limit: 4 << 20)
      for _ in 1...64 {
        batch.append([UInt8](repeating: 0, count: size)) { [UInt8](repeating: 0, count: RPCID.tokenLimit + 1_000) }
      }
      #expect(batch.answers.count == 64)
      #expect(RPCEncoder.batch(batch.answers).map { $0.count <= 4 << 20 } == true)
    }
  }
}
