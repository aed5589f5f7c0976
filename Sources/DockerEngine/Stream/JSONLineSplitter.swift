/// Cuts the body of a record stream into lines, wherever the reads happen to split it.
///
/// Engines end a record with CRLF, Podman with LF; both are dropped, and so are empty lines. JSON itself holds no raw
/// line feed. Keeps at most `limit` bytes of a line whose LF has not arrived.
struct JSONLineSplitter {
  /// A BuildKit trace record carries about 1 MiB of output, in base64; nothing longer is known.
  static let defaultLimit = 16 << 20

  struct LineTooLong: Error, Equatable {
    let limit: Int
  }

  private let limit: Int
  private var pending: [UInt8] = []

  init(limit: Int = defaultLimit) { self.limit = limit }

  /// Whether bytes wait for their LF.
  var isMidLine: Bool { !pending.isEmpty }

  mutating func append(
    _ bytes: ArraySlice<UInt8>, to lines: inout [ArraySlice<UInt8>]
  ) throws(LineTooLong) {
    var rest = bytes
    while let end = rest.firstIndex(of: 0x0A) {
      var line = rest[..<end]
      rest = rest[(end + 1)...]
      if !pending.isEmpty {
        pending.append(contentsOf: line)
        line = pending[...]
        pending = []
      }
      guard line.count <= limit else { throw LineTooLong(limit: limit) }
      if line.last == 0x0D { line.removeLast() }
      if !line.isEmpty { lines.append(line) }
    }
    guard pending.count + rest.count <= limit else { throw LineTooLong(limit: limit) }
    pending.append(contentsOf: rest)
  }
}
