import JSON
import SwiftDockTestSupport
import Testing

@testable import DockerEngine

struct UploadProgressTests {
  @Test func largeContextIsToldAboutSomeHundredTimesAndToItsEnd() {
    let total: Int64 = 10 << 20
    var progress = UploadProgress(total: total)
    var items: [ProgressItem] = []
    for _ in 0..<(total / 512) { progress.sent(512).map { items.append($0) } }
    #expect(90...110 ~= items.count)
    #expect(items.allSatisfy { $0.itemId == "context" && $0.unit == .bytes && $0.total == total })
    #expect(items.map(\.current) == items.map(\.current).sorted())
    #expect(items.last?.current == total)
  }

  @Test func smallContextIsNotWorthAWord() {
    var progress = UploadProgress(total: UploadProgress.leastTotal - 1)
    #expect(progress.sent(Int(UploadProgress.leastTotal - 1)) == nil)
    progress = UploadProgress(total: UploadProgress.leastTotal)
    #expect(progress.sent(Int(UploadProgress.leastTotal))?.current == UploadProgress.leastTotal)
    progress = UploadProgress(total: 0)
    #expect(progress.sent(0) == nil)
  }

  @Test func contextOnItsWayToTheEngineIsProgress() throws {
    let engine = try FakeEngine()
    engine.on("POST /build") { exchange in
      try exchange.readBody()
      try exchange.respond(status: 500, json: ["message": "no"])
    }
    let log = EventLog()
    let body = [UInt8](repeating: 1, count: 2 << 20)
    _ = try engine.client().build(
      BuildOptions(builder: .buildKit, buildID: "b"), bodySize: Int64(body.count), interrupt: Interrupt(),
      onEvents: log.add
    ) { sink in
      try body.withUnsafeBytes { bytes in
        try sink(.init(rebasing: bytes[..<(1 << 20)]))
        try sink(.init(rebasing: bytes[(1 << 20)...]))
      }
    }
    #expect(
      log.all.texts == [
        "progress context sending the context 1048576/2097152 bytes",
        "progress context sending the context 2097152/2097152 bytes",
      ])
  }
}
