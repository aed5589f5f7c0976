import BuildLog
import BuildScheduling
import JSON
import SwiftDockProtocol
import Testing

@testable import Broker

struct PageCacheTests {
  private func page(_ seq: Int64, size: Int = 1_000) -> EncodedPage {
    EncodedPage(
      LogPage(gap: nil, records: [[UInt8](repeating: 0x78, count: size)], nextSeq: seq + 1), in: LogForm())
  }

  private func key(_ from: Int64, _ form: LogForm = LogForm()) -> PageCache.Key {
    PageCache.Key(execution: ExecutionID("e"), form: form, from: from)
  }

  @Test func pageIsFoundByPlaceAndForm() {
    var cache = PageCache()
    cache.insert(page(1), for: key(1))
    #expect(cache[key(1)]?.nextSeq == 2)
    #expect(cache[key(2)] == nil)
    #expect(cache[key(1, LogForm(ansi: .keep))] == nil)
    #expect(cache[key(1, LogForm(kinds: [.log]))] == nil)
    // A page that is there stays, so that readers stay together.
    cache.insert(page(5), for: key(1))
    #expect(cache[key(1)]?.nextSeq == 2)
  }

  @Test func oldestPagesGoWhereThereAreTooMany() {
    var cache = PageCache(limit: 10_000)
    for seq in Int64(1)...1_000 {
      cache.insert(page(seq), for: key(seq))
      #expect(cache.bytes <= 10_000)
      #expect(cache[key(seq)] != nil)
    }
    #expect(cache[key(990)] == nil && cache[key(996)] != nil)
    // One that is larger than all there is room for is kept until the next.
    cache.insert(page(2_000, size: 20_000), for: key(2_000))
    #expect(cache[key(2_000)] != nil && cache[key(1_000)] == nil)
  }

  @Test func pageHoldsWhatTheFormWants() throws {
    func record(_ seq: Int64, _ body: LogEvent.Body) -> [UInt8] { EventRecord.encode(seq: seq, timeMs: 5, body) }
    let records = [
      record(8, .state(.running)), record(9, .log(.init(stream: .stdout, bytes: Array("\u{1B}[1ma".utf8)))),
      record(10, .warning(code: "c", message: "m")),
    ]
    let page = LogPage(gap: LogGap(fromSeq: 1, toSeq: 7, bytes: 3), records: records, nextSeq: 11)
    let gap = #"{"kind":"gap","fromSeq":1,"toSeq":7,"bytes":3,"reason":"retention"}"#
    func text(_ form: LogForm) -> String { String(decoding: EncodedPage(page, in: form).events, as: UTF8.self) }
    #expect(
      text(LogForm(kinds: [.log]))
        == gap + #",{"seq":9,"timeMs":5,"kind":"log","stream":"stdout","text":"a"}"#)
    #expect(text(LogForm(kinds: [.result])) == gap)
    #expect(
      text(LogForm(ansi: .keep, kinds: [.state, .warning]))
        == [gap, String(decoding: records[0], as: UTF8.self), String(decoding: records[2], as: UTF8.self)]
        .joined(separator: ","))
    #expect(EncodedPage(LogPage(gap: nil, records: records, nextSeq: 11), in: LogForm(kinds: [.step])).events == [])
  }

  @Test(arguments: LogEvent.Kind.allCases) func kindOfARecordIsKnown(kind: LogEvent.Kind) {
    let body: LogEvent.Body =
      switch kind {
      case .state: .state(.ended)
      case .step: .step(.init(stepID: "1", name: #"","kind":"log"#, state: .done))
      case .log: .log(.init(stream: .console, bytes: [0xFF]))
      case .diagnostic:
        .unknown(["kind": "diagnostic", "diagnostic": [:]])
      case .warning: .warning(code: "c", message: "m")
      case .result: .result(.init(state: .failed))
      }
    #expect(EventRecord.kind(of: EventRecord.encode(seq: 12, timeMs: 34, body)) == kind)
    #expect(EventRecord.kind(of: Array(#"{"seq":1,"timeMs":2,"kind":"later"}"#.utf8)) == nil)
    #expect(EventRecord.kind(of: Array("{}".utf8)) == nil)
  }
}
