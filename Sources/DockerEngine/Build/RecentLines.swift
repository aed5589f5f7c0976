/// The last lines of a step, kept for the report of its failure.
struct RecentLines {
  static let count = 40
  /// Bytes kept of a line.
  static let lineLimit = 4096

  private var lines: [[UInt8]] = []
  /// What has come of lines that have not ended.
  private var unfinished: [LogLine.Stream: [UInt8]] = [:]

  mutating func append(_ piece: LineAssembler.Piece, of stream: LogLine.Stream) {
    var line = unfinished.removeValue(forKey: stream) ?? []
    line.append(contentsOf: piece.bytes.prefix(max(0, Self.lineLimit - line.count)))
    guard !piece.partial else {
      unfinished[stream] = line
      return
    }
    if lines.count == Self.count { lines.removeFirst() }
    lines.append(line)
  }

  /// Oldest first. Bytes that are not UTF-8 are replaced.
  var texts: [String] { lines.map { String(decoding: $0, as: UTF8.self) } }
}
