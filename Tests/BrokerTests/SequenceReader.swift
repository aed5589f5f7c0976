import Glibc
import Testing

/// Reads the `logs.event`s of one subscription, however much they are, without parsing them, and holds them to their
/// numbers: each message begins where the last has ended, and has as many events as it has numbers.
final class SequenceReader {
  private let client: WireClient
  private var pending: [UInt8]
  /// What the last message said.
  private(set) var nextSeq = 1
  /// Numbers that gaps stand for.
  private(set) var missing = 0
  private(set) var hasEnded = false

  /// - Parameter client: has subscribed, and reads no more itself.
  init(_ client: WireClient) {
    self.client = client
    pending = client.takeReceived()
  }

  /// Reads until the subscription has ended.
  /// - Parameter onProgress: called after each message, with `nextSeq`.
  func readToEnd(at location: SourceLocation = #_sourceLocation, onProgress: (Int) -> Void = { _ in }) throws {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      var start = 0
      while let end = find("\n", from: start) {
        try take(start..<end, at: location)
        onProgress(nextSeq)
        start = end + 1
      }
      pending.removeFirst(start)
      if hasEnded { return }
      let count = recv(client.descriptor, &buffer, buffer.count, 0)
      try #require(count > 0, "the connection ended", sourceLocation: location)
      pending.append(contentsOf: buffer[..<count])
    }
  }

  private func take(_ message: Range<Int>, at location: SourceLocation) throws {
    func isNotification(_ method: String) -> Bool {
      find("\"method\":\"\(method)\"", from: message.lowerBound, to: min(message.upperBound, message.lowerBound + 80))
        != nil
    }
    if isNotification("build.state") { return }
    let next = try #require(number(after: "\"nextSeq\":", in: message, fromEnd: true), sourceLocation: location)
    if isNotification("logs.end") {
      #expect(next == nextSeq, sourceLocation: location)
      hasEnded = true
      return
    }
    try #require(isNotification("logs.event"), sourceLocation: location)
    if let from = number(after: "\"fromSeq\":", in: message) {
      let to = try #require(number(after: "\"toSeq\":", in: message), sourceLocation: location)
      #expect(from == nextSeq, sourceLocation: location)
      missing += to - from + 1
      nextSeq = to + 1
    }
    var events = 0
    var place = message.lowerBound
    while let found = find("{\"seq\":", from: place, to: message.upperBound) {
      if events == 0 {
        #expect(number(after: "{\"seq\":", in: found..<message.upperBound) == nextSeq, sourceLocation: location)
      }
      events += 1
      place = found + 7
    }
    #expect(next - nextSeq == events, sourceLocation: location)
    nextSeq = next
  }

  private func find(_ text: String, from start: Int, to end: Int? = nil) -> Int? {
    let needle = Array(text.utf8)
    let end = end ?? pending.count
    return pending.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return nil }
      var place = start
      while end - place >= needle.count,
        let hit = memchr(base + place, Int32(needle[0]), end - place - needle.count + 1)
      {
        place = UnsafeRawPointer(hit) - base
        if memcmp(hit, needle, needle.count) == 0 { return place }
        place += 1
      }
      return nil
    }
  }

  private func number(after text: String, in range: Range<Int>, fromEnd: Bool = false) -> Int? {
    // The last member is looked for where it is: a message's texts are long.
    let start = fromEnd ? max(range.lowerBound, range.upperBound - 120) : range.lowerBound
    guard let found = find(text, from: start, to: range.upperBound) else { return nil }
    let digits = pending[(found + text.utf8.count)...].prefix { (0x30...0x39).contains($0) }
    return Int(String(decoding: digits, as: UTF8.self))
  }
}
