import EventLoop
import Glibc
import JSON
import SwiftDockTestSupport
import Testing

@testable import Broker

/// A disk that is full, made by a limit on the size of files that holds for a process of the test's own.
struct FullDiskTests {
  @Test func buildWhoseLogHasNoRoomFailsAndTheBrokerGoesOn() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      let fixture = try BrokerFixture()
      let cancelled = try FakeEngineGate()
      fixture.engine.on("POST /build/cancel") { exchange in
        try exchange.respond()
        cancelled.open()
      }
      fixture.engine.on("POST /build") { exchange in
        try exchange.readBody()
        try exchange.beginChunked()
        let line = String(repeating: "x", count: 999) + "\n"
        try exchange.trace(FakeEngineTrace().vertex("sha256:1", "[1/1] RUN yes", started: 1))
        for _ in 0..<500 { try exchange.trace(FakeEngineTrace().log("sha256:1", line)) }
        try exchange.wait(for: cancelled)
        try exchange.record(["errorDetail": ["message": "failed to solve: context canceled"]])
        try exchange.endChunked()
      }
      var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
      try #require(setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit) == 0)
      let context = try fixture.context()
      let client = try fixture.connect()
      for _ in 1...2 {
        let id = try client.request("build", ["context": .string(context), "wait": true])
        let (answer, before) = try client.answer(to: id)
        try #require(answer["result"]?["state"] == "failed")
        try #require(answer["result"]?["error"]?.code == 1006)
        // What was written is there, without holes.
        let numbers = Transcript(messages: before).numbers
        try #require(numbers.count > 50 && numbers == (1...numbers.count).map { Int64($0) })
      }
    }
  }
}
