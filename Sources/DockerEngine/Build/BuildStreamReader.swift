internal import JSON

/// Reads the body of an answer to `POST /build`: bytes in, events out, and at the end what became of the build.
struct BuildStreamReader {
  private var lines = JSONLineSplitter()
  /// Exactly one of the two translators is there.
  private var classic: ClassicStreamTranslator?
  private var buildKit: BuildKitTraceTranslator?

  init(builder: Builder) {
    switch builder {
    case .classic: classic = ClassicStreamTranslator()
    case .buildKit: buildKit = BuildKitTraceTranslator()
    }
  }

  var verdict: StreamVerdict { classic?.verdict ?? buildKit?.verdict ?? .none }

  /// Containers that may be running for this build. BuildKit does not name its own.
  var announcedContainers: [String] { classic?.announcedContainers ?? [] }

  mutating func read(_ bytes: ArraySlice<UInt8>, into events: inout [BuildEvent]) throws(ProtocolViolation) {
    var records: [ArraySlice<UInt8>] = []
    do { try lines.append(bytes, to: &records) } catch { throw .recordTooLong(limit: error.limit) }
    for line in records {
      let record: EngineRecord
      do { record = try EngineRecord(parsing: line) } catch { throw .json(error) }
      classic?.accept(record, into: &events)
      buildKit?.accept(record, into: &events)
    }
  }

  /// Hands out what there is of unfinished lines.
  mutating func flushPartials(into events: inout [BuildEvent]) {
    classic?.flushPartials(into: &events)
    buildKit?.flushPartials(into: &events)
  }

  /// The answer has ended, properly or not.
  mutating func finish(into events: inout [BuildEvent]) {
    classic?.finish(into: &events)
    buildKit?.finish(into: &events)
  }
}
