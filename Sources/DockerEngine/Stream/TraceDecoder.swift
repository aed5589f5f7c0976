internal import JSON

/// Decodes the `aux` of a `moby.buildkit.trace` record.
///
/// Field numbers are those of buildkit's `api/services/control/control.proto` and `solver/pb/ops.proto`. Fields that are
/// not listed here, and those that come with another type than there, are read past, as protobuf asks of every reader.
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
      guard 1...4 ~= field.number, let message = field.message else { continue }
      switch field.number {
      case 1: trace.vertexes.append(try vertex(message))
      case 2: trace.statuses.append(try status(message))
      case 3: trace.logs.append(try log(message))
      default: trace.warnings.append(try warning(message))
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
      case 1: vertex.digest = field.string ?? vertex.digest
      case 3: vertex.name = field.string ?? vertex.name
      case 4: vertex.isCached = field.bool ?? vertex.isCached
      case 5: vertex.started = try time(field) ?? vertex.started
      case 6: vertex.completed = try time(field) ?? vertex.completed
      case 7: vertex.error = field.string ?? vertex.error
      case 8: vertex.group = try group(field) ?? vertex.group
      default: continue
      }
    }
    return vertex
  }

  private static func group(_ field: ProtobufReader.Field) throws(TraceError) -> BuildTrace.Group? {
    guard let message = field.message else { return nil }
    var group = BuildTrace.Group()
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: group.id = field.string ?? group.id
      case 2: group.name = field.string ?? group.name
      default: continue
      }
    }
    return group
  }

  private static func status(_ message: ArraySlice<UInt8>) throws(TraceError) -> BuildTrace.Status {
    var status = BuildTrace.Status()
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: status.id = field.string ?? status.id
      case 2: status.vertex = field.string ?? status.vertex
      case 3: status.name = field.string ?? status.name
      case 4: status.current = field.int64 ?? status.current
      case 5: status.total = field.int64 ?? status.total
      case 8: status.isCompleted = try time(field) != nil || status.isCompleted
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
      case 1: log.vertex = field.string ?? log.vertex
      case 3: log.stream = field.int64 ?? log.stream
      case 4: log.message = field.message ?? log.message
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
      case 1: warning.vertex = field.string ?? warning.vertex
      case 3: warning.short = field.string ?? warning.short
      case 5: warning.url = field.string ?? warning.url
      case 7:
        guard let message = field.message, let range = try range(message) else { continue }
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
      guard let message = field.message else { continue }
      switch field.number {
      case 1: start = try line(message)
      case 2: end = try line(message)
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
      guard field.number == 1, let number = field.int64 else { continue }
      line = Int(Int32(truncatingIfNeeded: number))
    }
    return line
  }

  /// `google.protobuf.Timestamp`. A message with no fields is a time, too: the epoch.
  private static func time(_ field: ProtobufReader.Field) throws(TraceError) -> BuildTrace.Time? {
    guard let message = field.message else { return nil }
    var time = BuildTrace.Time()
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: time.seconds = field.int64 ?? time.seconds
      case 2: time.nanoseconds = field.int64 ?? time.nanoseconds
      default: continue
      }
    }
    return time
  }
}
