internal import BuildLog
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// An event of an execution's log as it is stored and sent: compact JSON with `seq` and `timeMs` in front.
enum EventRecord {
  static func encode(seq: Int64, timeMs: Int, _ body: LogEvent.Body) -> [UInt8] {
    var writer = JSONWriter()
    LogEvent.entry(seq: Int(seq), timeMs: timeMs, body).write(to: &writer)
    return (consume writer).finish()
  }

  /// - Throws: InternalError for a record that `encode` cannot have made.
  static func decode(_ record: [UInt8]) throws(RPCError) -> LogEvent {
    do {
      return try LogEvent(JSONParser.parse(record), at: "", as: .answer)
    } catch { throw RPCError(.internalError, "An event of the log cannot be read.") }
  }

  /// nil for one that this program does not know.
  static func kind(of record: [UInt8]) -> LogEvent.Kind? {
    // The two members before it are numbers.
    guard let first = record.firstIndex(of: UInt8(ascii: ",")),
      let second = record[(first + 1)...].firstIndex(of: UInt8(ascii: ",")),
      record[second...].starts(with: kindName)
    else { return nil }
    let word = record[(second + kindName.count)...].prefix { $0 != UInt8(ascii: "\"") }
    return LogEvent.Kind(rawValue: String(decoding: word, as: UTF8.self))
  }

  private static let kindName = Array(#","kind":""#.utf8)

  /// In JSON an escape character is written `\u001b`, so that a record without these six bytes has nothing to strip.
  private static let escapedEscape = Array("\\u001b".utf8)
  private static let base64Name = Array("\"base64\"".utf8)

  /// The record with escape sequences removed from the text of a `log` event.
  static func stripped(_ record: [UInt8]) -> [UInt8] {
    guard record.contains(escapedEscape) || record.contains(base64Name),
      let value = try? JSONParser.parse(record), case .object(var event) = value
    else { return record }  // Records that are no JSON do not exist: `encode` made them.
    if let text = event["text"]?.stringValue {
      let bytes = Array(text.utf8)
      guard AnsiFilter.hasSequences(bytes) else { return record }
      // Sequences are ASCII, so that what is left between them is UTF-8 as it was.
      event["text"] = .string(String(decoding: AnsiFilter.strip(bytes), as: UTF8.self))
    } else if let bytes = event["base64"]?.stringValue.flatMap({ Base64.decode($0) }), AnsiFilter.hasSequences(bytes) {
      event["base64"] = .string(Base64.encode(AnsiFilter.strip(bytes)))
    } else {
      return record
    }
    return JSONWriter.bytes(of: .object(event))
  }
}

extension LogEvent {
  init(_ gap: LogGap) {
    self = .gap(Gap(fromSeq: Int(gap.fromSeq), toSeq: Int(gap.toSeq), bytes: Int(gap.bytes), reason: .retention))
  }
}

extension [UInt8] {
  /// Whether `needle`, which is not empty, occurs.
  fileprivate func contains(_ needle: [UInt8]) -> Bool {
    guard let first = needle.first else { return true }
    var from = startIndex
    while let found = self[from...].firstIndex(of: first) {
      if self[found...].starts(with: needle) { return true }
      from = found + 1
    }
    return false
  }
}
