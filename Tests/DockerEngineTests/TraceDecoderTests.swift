import SwiftDockTestSupport
import Testing

@testable import DockerEngine

struct TraceDecoderTests {
  @Test func everyFieldOfTheTableIsRead() throws {
    let written = FakeEngineTrace()
      .vertex("sha256:a", "[1/2] RUN é", started: 5, completed: 6, cached: true, error: "e")
      .vertex("sha256:b", "announced", group: ("g", "COPY"))
      .status("extracting", of: "sha256:a", named: "layer", current: 7, total: 1 << 40, completed: 9)
      .log("sha256:a", [0xFF, 0x0A], stream: 2)
      .warning("sha256:a", short: "w", url: "u", lines: 3...5)
    let read = try TraceDecoder.decode(base64: written.base64.utf8)
    #expect(
      read.vertexes == [
        BuildTrace.Vertex(
          digest: "sha256:a", name: "[1/2] RUN é", isCached: true, started: .init(seconds: 5),
          completed: .init(seconds: 6), error: "e"),
        BuildTrace.Vertex(digest: "sha256:b", name: "announced", group: .init(id: "g", name: "COPY")),
      ])
    #expect(
      read.statuses == [
        BuildTrace.Status(
          id: "extracting", vertex: "sha256:a", name: "layer", current: 7, total: 1 << 40, isCompleted: true)
      ])
    #expect(read.logs == [BuildTrace.Log(vertex: "sha256:a", stream: 2, message: [0xFF, 0x0A])])
    #expect(read.warnings == [BuildTrace.Warning(vertex: "sha256:a", short: "w", url: "u", lines: 3...5)])
  }

  /// Exact bytes, against the encoding's description rather than our own encoder.
  private static let encoded: [([UInt8], BuildTrace)] = [
    // vertexes { digest: "d" started {} }
    ([0x0A, 0x05, 0x0A, 0x01, 0x64, 0x2A, 0x00], BuildTrace(vertexes: [.init(digest: "d", started: .init())])),
    // vertexes { completed { seconds: 3 nanos: 300 } }
    (
      [0x0A, 0x07, 0x32, 0x05, 0x08, 0x03, 0x10, 0xAC, 0x02],
      BuildTrace(vertexes: [.init(completed: .init(seconds: 3, nanoseconds: 300))])
    ),
    // statuses { current: -1 }, a varint of ten bytes
    (
      [0x12, 0x0B, 0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
      BuildTrace(statuses: [.init(current: -1)])
    ),
    // Unknown fields of all four wire types around a known one.
    (
      [0x50, 0x01, 0x51, 1, 2, 3, 4, 5, 6, 7, 8, 0x52, 0x01, 0x00, 0x55, 1, 2, 3, 4, 0x1A, 0x02, 0x18, 0x01],
      BuildTrace(logs: [.init(stream: 1)])
    ),
    // Groups, one inside another, in place of a vertex and around nothing.
    ([0x0B, 0x13, 0x08, 0x01, 0x14, 0x0C, 0x1B, 0x1C], BuildTrace()),
    // Known fields of other types than the schema's: vertexes as a number, a digest as one, a time, a log's stream.
    ([0x08, 0x01], BuildTrace()), ([0x0A, 0x02, 0x08, 0x01], BuildTrace(vertexes: [.init()])),
    ([0x0A, 0x02, 0x28, 0x01], BuildTrace(vertexes: [.init()])),
    ([0x1A, 0x02, 0x1A, 0x00], BuildTrace(logs: [.init()])),
    // A range whose end is missing, and one without a start.
    (
      [0x22, 0x0E, 0x3A, 0x04, 0x0A, 0x02, 0x08, 0x07, 0x3A, 0x06, 0x12, 0x04, 0x08, 0x03, 0x10, 0x00],
      BuildTrace(warnings: [.init(lines: 7...7)])
    ),
    ([], BuildTrace()),
  ]

  @Test(arguments: encoded)
  func bytesAreReadAsTheEncodingSays(bytes: [UInt8], trace: BuildTrace) throws {
    #expect(try TraceDecoder.decode(bytes[...]) == trace)
  }

  private static let malformed: [([UInt8], TraceError)] = [
    ([0x0A], .truncated), ([0x0A, 0x02, 0x00], .truncated), ([0x0A, 0x02, 0x0A, 0x01], .truncated),
    ([0x50, 0x80], .truncated), ([0x50] + [UInt8](repeating: 0x80, count: 10), .truncated),
    ([0x0A] + [UInt8](repeating: 0xFF, count: 9) + [0x01], .truncated), ([0x51, 0], .truncated),
    ([0x55, 0], .truncated),
    ([0x00, 0x00], .malformedTag), ([0x0C], .malformedTag), ([0x0E], .malformedTag), ([0x0B], .truncated),
    ([0x0B, 0x0B, 0x0C], .truncated), ([0x0B, 0x0E, 0x0C], .malformedTag), ([0x0B, 0x00, 0x0C], .malformedTag),
  ]

  @Test(arguments: malformed)
  func malformedTraceIsRefused(bytes: [UInt8], error: TraceError) {
    #expect(throws: error) { try TraceDecoder.decode(bytes[...]) }
  }

  @Test func numberOfEntriesIsBounded() throws {
    func empty(_ count: Int) -> [UInt8] { (0..<count * 2).map { $0.isMultiple(of: 2) ? 0x0A : 0x00 } }
    #expect(try TraceDecoder.decode(empty(TraceDecoder.entryLimit)[...]).vertexes.count == TraceDecoder.entryLimit)
    #expect(throws: TraceError.tooManyEntries(limit: TraceDecoder.entryLimit)) {
      try TraceDecoder.decode(empty(TraceDecoder.entryLimit + 1)[...])
    }
  }

  @Test func textThatIsNotBase64IsRefused() {
    #expect(throws: TraceError.notBase64) { try TraceDecoder.decode(base64: "A".utf8) }
  }

  /// What an entry is, and what else is known of it.
  private struct Entry: Equatable {
    let name: String
    /// Nil where the line of `decoded.txt` was cut before its end.
    let rest: String?
  }

  /// `decoded.txt` was written by a decoder in another language.
  @Test(arguments: Fixture.bodies.filter { $0.hasPrefix("buildkit-") })
  func recordedTracesReadAsAnotherDecoderReadThem(name: String) throws {
    let expected = try expected(name)
    let read = try read(name)
    #expect(read.count == expected.count)
    for (read, expected) in zip(read, expected) {
      #expect(read.name == expected.name)
      if expected.rest != nil { #expect(read.rest == expected.rest, "\(read.name)") }
    }
    #expect(!read.isEmpty || name == "buildkit-quiet")
  }

  private func read(_ name: String) throws -> [Entry] {
    var entries: [Entry] = []
    var splitter = JSONLineSplitter()
    var lines: [ArraySlice<UInt8>] = []
    try splitter.append(try Fixture.read(name + ".body")[...], to: &lines)
    for line in lines {
      guard case .trace(let text) = try EngineRecord(parsing: line) else { continue }
      let trace = try TraceDecoder.decode(base64: text.utf8)
      for vertex in trace.vertexes {
        let flags = [
          (vertex.isCached, "cached"), (vertex.started != nil, "started"), (vertex.completed != nil, "completed"),
          (!vertex.error.isEmpty, "error"),
        ]
        entries.append(
          Entry(name: "vertex \(vertex.digest)", rest: flags.filter(\.0).map(\.1).joined(separator: " ")))
      }
      for status in trace.statuses {
        entries.append(
          Entry(name: "status \(status.vertex) \(status.id)", rest: status.isCompleted ? "completed" : ""))
      }
      for log in trace.logs {
        entries.append(
          Entry(name: "log \(log.vertex) \(log.stream)", rest: "\(log.message.count { $0 == 0x0A }) lines"))
      }
    }
    return entries
  }

  private func expected(_ name: String) throws -> [Entry] {
    let cutAt = 302
    let text = String(decoding: try Fixture.read("decoded.txt"), as: UTF8.self)
    var entries: [Entry] = []
    var isWanted = false
    for line in text.split(separator: "\n") {
      if line.hasPrefix("== ") { isWanted = line == "== \(name).body" }
      guard isWanted, line.hasPrefix("  ('") else { continue }
      let isCut = line.count >= cutAt
      func value(_ key: String) -> String? {
        line.firstRange(of: "'\(key)': '").map { String(line[$0.upperBound...].prefix { $0 != "'" }) }
      }
      func has(_ key: String) -> Bool { line.contains("'\(key)': ") }
      if let digest = value("digest") {
        let flags = ["cached", "started", "completed", "error"].filter(has).joined(separator: " ")
        entries.append(Entry(name: "vertex \(digest)", rest: isCut ? nil : flags))
      } else if let vertex = value("vertex"), let id = value("ID") {
        entries.append(
          Entry(name: "status \(vertex) \(id)", rest: isCut ? nil : has("completed") ? "completed" : ""))
      } else if let vertex = value("vertex"), let start = line.firstRange(of: "'stream': ") {
        let stream = line[start.upperBound...].prefix { $0.isNumber }
        let feeds = line.ranges(of: #"\n"#).count
        entries.append(Entry(name: "log \(vertex) \(stream)", rest: isCut ? nil : "\(feeds) lines"))
      }
    }
    return entries
  }
}
