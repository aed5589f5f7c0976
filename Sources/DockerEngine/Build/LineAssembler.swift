/// Joins pieces of one output stream to lines.
///
/// A line is handed out without its LF; one longer than `lineLimit` in several pieces. No piece ends inside a UTF-8
/// character or an escape sequence of at most `TextBoundary.sequenceLimit` bytes. Keeps at most one piece.
struct LineAssembler {
  static let lineLimit = 65_536

  struct Piece: Equatable {
    var bytes: [UInt8]
    /// The line goes on in the next piece.
    var partial: Bool
  }

  private var pending: [UInt8] = []
  /// The last piece handed out was partial, so that its line needs an end even when nothing more comes.
  private var isContinued = false

  /// Whether a line was begun whose end has not come.
  var isMidLine: Bool { !pending.isEmpty || isContinued }

  mutating func append(_ bytes: some Collection<UInt8>, to pieces: inout [Piece]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0A)
      var text = rest[..<(end ?? rest.endIndex)]
      while !text.isEmpty {
        let part = text.prefix(Self.lineLimit)
        pending.append(contentsOf: part)
        text = text.dropFirst(part.count)
        cut(to: &pieces)
      }
      guard let end else { return }
      endLine(to: &pieces)
      rest = rest[rest.index(after: end)...]
    }
  }

  /// Hands out what there is of an unfinished line. A character or sequence that is not complete yet is kept back.
  mutating func flush(to pieces: inout [Piece]) {
    take(TextBoundary.last(upTo: pending.count, in: pending), to: &pieces)
  }

  /// The stream has ended, or another speaker takes over: an unfinished line counts as whole.
  mutating func finish(to pieces: inout [Piece]) {
    if isMidLine { endLine(to: &pieces) }
  }

  private mutating func cut(to pieces: inout [Piece]) {
    while pending.count > Self.lineLimit {
      take(TextBoundary.last(upTo: Self.lineLimit, in: pending), to: &pieces)
    }
  }

  private mutating func take(_ count: Int, to pieces: inout [Piece]) {
    guard count > 0 else { return }
    pieces.append(Piece(bytes: Array(pending.prefix(count)), partial: true))
    pending.removeFirst(count)
    isContinued = true
  }

  private mutating func endLine(to pieces: inout [Piece]) {
    pieces.append(Piece(bytes: pending, partial: false))
    pending = []
    isContinued = false
  }
}
