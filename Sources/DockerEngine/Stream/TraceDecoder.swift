internal import JSON

/// Decodes the `aux` of a `moby.buildkit.trace` record.
///
/// Field numbers are those of buildkit's `api/services/control/control.proto` and `solver/pb/ops.proto`. Fields that are
/// not listed here are read past, whatever their type.
enum TraceDecoder {
  /// Entries of all kinds together in one batch. Two bytes can make an entry, so that the size of the text alone would
  /// not bound the memory.
  static let entryLimit = 65_536

  static func decode(base64 text: some Collection<UInt8>) throws(TraceError) -> BuildTrace {
    guard let bytes = Base64.decode(text) else { throw .notBase64 }
    return try decode(bytes[...])
  }

  static func decode(_ message: ArraySlice<UInt8>) throws(TraceError) -> BuildTrace {
    var trace = BuildTrace()
    var reader = ProtobufReader(message)
    var entries = 0
    while let field = try reader.next() {
      switch field.number {
      case 1: trace.vertexes.append(try vertex(field.message()))
      case 2: trace.statuses.append(try status(field.message()))
      case 3: trace.logs.append(try log(field.message()))
      case 4: trace.warnings.append(try warning(field.message()))
      default: continue
      }
      entries += 1
      guard entries <= entryLimit else { throw .tooManyEntries(limit: entryLimit) }
    }
    return trace
  }

  private static func vertex(_ message: ArraySlice<UInt8>) throws(TraceError) -> BuildTrace.Vertex {
    var vertex = BuildTrace.Vertex()
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: vertex.digest = try field.string()
      case 3: vertex.name = try field.string()
      case 4: vertex.isCached = try field.bool()
      case 5: vertex.isStarted = try isPresent(field)
      case 6: vertex.isCompleted = try isPresent(field)
      case 7: vertex.error = try field.string()
      default: continue
      }
    }
    return vertex
  }

  private static func status(_ message: ArraySlice<UInt8>) throws(TraceError) -> BuildTrace.Status {
    var status = BuildTrace.Status()
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: status.id = try field.string()
      case 2: status.vertex = try field.string()
      case 4: status.current = try field.int64()
      case 5: status.total = try field.int64()
      case 8: status.isCompleted = try isPresent(field)
      default: continue
      }
    }
    return status
  }

  private static func log(_ message: ArraySlice<UInt8>) throws(TraceError) -> BuildTrace.Log {
    var log = BuildTrace.Log()
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: log.vertex = try field.string()
      case 3: log.stream = try field.int64()
      case 4: log.message = try field.message()
      default: continue
      }
    }
    return log
  }

  private static func warning(_ message: ArraySlice<UInt8>) throws(TraceError) -> BuildTrace.Warning {
    var warning = BuildTrace.Warning()
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: warning.vertex = try field.string()
      case 3: warning.short = try field.string()
      case 5: warning.url = try field.string()
      case 7:
        guard let range = try range(field.message()) else { continue }
        // One range a line of the instruction: what is shown is where it begins and where it ends.
        let known = warning.lines ?? range
        warning.lines = min(known.lowerBound, range.lowerBound)...max(known.upperBound, range.upperBound)
      default: continue
      }
    }
    return warning
  }

  /// `pb.Range`, or nil where it names no line.
  private static func range(_ message: ArraySlice<UInt8>) throws(TraceError) -> ClosedRange<Int>? {
    var start = 0
    var end = 0
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: start = try line(field.message())
      case 2: end = try line(field.message())
      default: continue
      }
    }
    guard start > 0 else { return nil }
    return start...max(start, end)
  }

  /// `line` of a `pb.Position`.
  private static func line(_ message: ArraySlice<UInt8>) throws(TraceError) -> Int {
    var line = 0
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      line = Int(Int32(truncatingIfNeeded: try field.int64()))
    }
    return line
  }

  /// A timestamp counts as given even where it is the message with no fields, the epoch.
  private static func isPresent(_ field: ProtobufReader.Field) throws(TraceError) -> Bool {
    _ = try field.message()
    return true
  }
}
