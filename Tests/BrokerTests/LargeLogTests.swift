import BuildLog
import Glibc
import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

/// Much log, and readers of every kind.
struct LargeLogTests {
  /// One record of the Engine's: 64 lines of 1,000 bytes.
  private static let record: JSONValue = {
    let line = String(repeating: "x", count: 999) + "\n"
    let trace = FakeEngineTrace().log("sha256:1", String(repeating: line, count: 64))
    return ["id": "moby.buildkit.trace", "aux": .string(trace.base64)]
  }()

  private func stream(_ fixture: BrokerFixture, records: Int) {
    let chunk = JSONWriter.bytes(of: Self.record) + [0x0D, 0x0A]
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.trace(FakeEngineTrace().vertex("sha256:1", "[1/1] RUN yes", started: 1))
      for _ in 0..<records { try exchange.chunk(chunk) }
      try exchange.endWithImage()
    }
  }

  @Test func sleeperCostsNothingAndGetsTheRestWhenItWakes() throws {
    let fixture = try BrokerFixture()
    let records = 160
    stream(fixture, records: records)
    let params: JSONObject = ["context": .string(try fixture.context()), "wait": true]
    let sleeper = try fixture.connect()
    try sleeper.request("build", params)
    #expect(try sleeper.next().method == "build.accepted")
    let fast = try fixture.connect().only("build", params)
    fast.expectWholeLog()
    #expect(fast.lines.count == records * 64)
    #expect(fast.answers.first?["result"]?["state"] == "succeeded")
    // The sleeper has taken nothing but the first message, and its session still answers.
    let ping = try sleeper.request("broker.ping")
    #expect(try fixture.inside { $0.sessions.values.map { $0.output.bytes }.max() ?? 0 } < 1 << 20)
    let (_, before) = try sleeper.answer(to: ping)
    let pinged = before.filter { $0.method == "logs.event" }.count
    #expect(pinged < 20, "an answer waits for \(pinged) pages of log")
    sleeper.endInput()
    let rest = Transcript(messages: before + (try sleeper.readToEnd()))
    rest.expectWholeLog()
    #expect(rest.lines.count == records * 64)
    #expect(fixture.engine.builds.count <= 2)
  }

  /// Bytes of this process that are in memory.
  private static func residentBytes() throws -> Int {
    let file = try #require(fopen("/proc/self/statm", "r"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    try #require(fgets(&line, Int32(line.count), file) != nil)
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) }) * sysconf(Int32(_SC_PAGESIZE))
  }

  @Test func sleeperHoldsUpNobodyAndSeesAGapForWhatWasNotKept() async {
    // In a process of its own, whose memory is not that of other tests.
    await #expect(processExitsWith: .success) { try LargeLogTests.sleepThroughMoreThanIsKept() }
  }

  /// 24 MiB in the classic builder's records, of which 4 are kept.
  fileprivate static func sleepThroughMoreThanIsKept() throws {
    let fixture = try BrokerFixture { $0.logLimits.segmentBytes = 256 << 10 }
    let lines = 384
    // What the Engine writes before the reader has read what came before: less than is kept, however slow the machine is.
    let linesAhead = 16
    let turns = try (0..<lines / linesAhead).map { _ in try FakeEngineGate() }
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      for text in ["Step 1/1 : FROM scratch\n", " ---> Running in abababababab\n"] {
        try exchange.record(["stream": .string(text)])
      }
      let record: JSONValue = ["stream": .string(String(repeating: "x", count: (64 << 10) - 1) + "\n")]
      let chunk = JSONWriter.bytes(of: record) + [0x0D, 0x0A]
      for turn in turns {
        try exchange.wait(for: turn)
        for _ in 0..<linesAhead { try exchange.chunk(chunk) }
      }
      try exchange.record(["stream": "Removing intermediate container abababababab\n"])
      try exchange.record(["aux": ["ID": .string(BrokerFixture.imageID)]])
      try exchange.record(["stream": "Successfully built abababababab\n"])
      try exchange.endChunked()
    }
    let starter = try fixture.connect()
    let params: JSONObject = ["context": .string(try fixture.context()), "builder": "classic", "onDisconnect": "keep"]
    let build = try starter.call("build", params)["buildId"] ?? .null
    let sleeper = try fixture.connect()
    _ = try sleeper.call("logs.subscribe", ["buildId": build])
    let reader = try fixture.connect()
    _ = try reader.call("logs.subscribe", ["buildId": build])
    let before = try residentBytes()
    turns.first?.open()
    let read = SequenceReader(reader)
    var begun = 1
    try read.readToEnd { nextSeq in
      while begun < turns.count, nextSeq > begun * linesAhead {
        turns[begun].open()
        begun += 1
      }
    }
    // All of it has come, while the other one has taken nothing.
    #expect(read.missing == 0 && read.nextSeq > lines)
    #expect(try starter.call("build.wait", ["buildId": build])["state"] == "succeeded")
    #expect(try fixture.inside { $0.executions.values.reduce(0) { $0 + $1.log.bytes } } <= 5 << 20)
    #expect(try residentBytes() - before < 16 << 20)
    let woken = SequenceReader(sleeper)
    try woken.readToEnd()
    #expect(woken.missing > 0 && woken.nextSeq == read.nextSeq)
  }

  @Test func readerOfALogThatWasCutSeesAGapAndGoesOnBehindIt() throws {
    let fixture = try BrokerFixture {
      $0.logLimits = LogLimits(segmentBytes: 256 << 10, headSegments: 1, totalSegments: 4)
    }
    stream(fixture, records: 60)
    let id = try fixture.build(["context": .string(try fixture.context())])["buildId"] ?? .null
    let client = try fixture.connect()
    let subscription = try client.call("logs.subscribe", ["buildId": id]).text("subscriptionId")
    let transcript = try client.readLog(of: subscription)
    var next: Int64 = 1
    var gaps = 0
    for event in transcript.events {
      if event.text("kind") == "gap" {
        #expect(event.number("fromSeq") == next)
        next = event.number("toSeq") + 1
        gaps += 1
      } else {
        #expect(event.number("seq") == next)
        next += 1
      }
    }
    #expect(gaps == 1)
    #expect(transcript.events.last?.text("kind") == "result")
    #expect(transcript.ends.first?.number("nextSeq") == next)
  }
}

/// Escape sequences in a log.
struct LogTextTests {
  @Test func escapeSequencesAreLeftOutUnlessWanted() throws {
    let fixture = try BrokerFixture()
    fixture.engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.beginChunked()
      try exchange.trace(
        FakeEngineTrace().vertex("sha256:1", "[1/1] RUN x", started: 1).log("sha256:1", "\u{1B}[31mré\u{1B}[0md\n")
          .log("sha256:1", [0xFF, 0x1B, 0x5B, 0x6D, 0x0A]))
      try exchange.endWithImage()
    }
    let id = try fixture.build(["context": .string(try fixture.context())])["buildId"] ?? .null
    let client = try fixture.connect()
    for (mode, text, base64) in [("strip", "réd", "/w=="), ("keep", "\u{1B}[31mré\u{1B}[0md", "/xtbbQ==")] {
      let params: JSONObject = ["buildId": id, "ansi": .string(mode)]
      let subscription = try client.call("logs.subscribe", params).text("subscriptionId")
      let pushed = try client.readLog(of: subscription).events.filter { $0.text("kind") == "log" }
      #expect(pushed.map { $0["text"] } == [.string(text), nil])
      #expect(pushed.map { $0["base64"] } == [nil, .string(base64)])
      var read = params
      read["from"] = 1
      let events = try client.call("logs.read", read)["events"]?.arrayValue?.filter { $0.text("kind") == "log" }
      #expect(events == pushed)
    }
  }
}
