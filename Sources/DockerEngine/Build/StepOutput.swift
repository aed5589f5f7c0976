/// Output of one step, as lines: one assembler a stream, so that pieces of two streams do not run into each other.
struct StepOutput {
  /// The step's id; nil for what belongs to none.
  let step: String?
  private var assemblers: [(stream: LogLine.Stream, lines: LineAssembler)] = []
  private(set) var recent = RecentLines()

  init(step: String?) { self.step = step }

  mutating func append(_ bytes: some Collection<UInt8>, of stream: LogLine.Stream, to events: inout [BuildEvent]) {
    let index: Int
    if let known = assemblers.firstIndex(where: { $0.stream == stream }) {
      index = known
    } else {
      index = assemblers.count
      assemblers.append((stream, LineAssembler()))
    }
    var pieces: [LineAssembler.Piece] = []
    assemblers[index].lines.append(bytes, to: &pieces)
    give(pieces, of: stream, to: &events)
  }

  /// Hands out what there is of unfinished lines.
  mutating func flush(to events: inout [BuildEvent]) {
    for index in assemblers.indices {
      var pieces: [LineAssembler.Piece] = []
      assemblers[index].lines.flush(to: &pieces)
      give(pieces, of: assemblers[index].stream, to: &events)
    }
  }

  /// Unfinished lines count as whole.
  mutating func finish(to events: inout [BuildEvent]) {
    for index in assemblers.indices {
      var pieces: [LineAssembler.Piece] = []
      assemblers[index].lines.finish(to: &pieces)
      give(pieces, of: assemblers[index].stream, to: &events)
    }
    assemblers = []
  }

  /// What came until now is not worth a report.
  mutating func forgetRecent() { recent = RecentLines() }

  /// Hands out pieces that were assembled elsewhere.
  /// - Parameter isRecent: whether they are worth a report of the step's failure.
  mutating func give(
    _ pieces: [LineAssembler.Piece], of stream: LogLine.Stream, isRecent: Bool = true, to events: inout [BuildEvent]
  ) {
    for piece in pieces {
      if isRecent { recent.append(piece, of: stream) }
      events.append(.log(LogLine(stepId: step, stream: stream, bytes: piece.bytes, partial: piece.partial)))
    }
  }
}
