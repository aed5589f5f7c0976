// sources: Sources/JSON/Base64.swift Sources/DockerEngine/Stream/ProtobufReader.swift
// sources: Sources/DockerEngine/Stream/BuildTrace.swift Sources/DockerEngine/Stream/TraceDecoder.swift
// sources: Sources/DockerEngine/Stream/EngineRecord.swift Sources/DockerEngine/FailureKind.swift
// sources: Sources/DockerEngine/Build/BuildEvent.swift Sources/DockerEngine/Build/BuildOutcome.swift
// sources: Sources/DockerEngine/Build/BuildFailure+EngineText.swift Sources/DockerEngine/Build/EngineText.swift
// sources: Sources/DockerEngine/Build/LineAssembler.swift Sources/DockerEngine/Build/TextBoundary.swift
// sources: Sources/DockerEngine/Build/RecentLines.swift Sources/DockerEngine/Build/StepOutput.swift
// sources: Sources/DockerEngine/Build/PullProgress.swift Sources/DockerEngine/Build/StreamVerdict.swift
// sources: Sources/DockerEngine/Build/VertexName.swift Sources/DockerEngine/Build/BuildKitTraceTranslator.swift
// sources: Sources/DockerEngine/Build/VertexGroups.swift
// sources: Sources/DockerEngine/Build/RegistryText.swift Sources/DockerEngine/Build/ClipMark.swift
// sources: Sources/DockerEngine/Build/StepImage.swift

/// Compiled in one module with the trace decoder, the translator, and what they need of Sources/DockerEngine.
///
/// The input is a row of records: a byte that says what it is, a byte for the length, and that many bytes. No output may be
/// lost or changed on the way, steps are numbered without gaps, and none starts twice or starts after its end.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
  var rest = Array(UnsafeBufferPointer(start: data, count: size))[...]
  base64ReadsBack(Array(rest))
  var translator = BuildKitTraceTranslator()
  var events: [BuildEvent] = []
  var printed = 0
  while let kind = rest.popFirst(), let length = rest.popFirst() {
    let record = rest.prefix(Int(length))
    rest = rest.dropFirst(Int(length))
    switch kind % 4 {
    case 0, 1:
      guard let trace = decoded(record) else { continue }
      for log in trace.logs { printed += log.message.count }
      translator.accept(trace, into: &events)
    case 2: translator.flushPartials(into: &events)
    default: fail(&translator, String(decoding: record, as: UTF8.self), &events)
    }
  }
  translator.finish(into: &events)
  check(events, printed: printed)
  return 0
}

private func decoded(_ bytes: ArraySlice<UInt8>) -> BuildTrace? {
  do throws(TraceError) { return try TraceDecoder.decode(bytes) } catch { return nil }
}

private func fail(_ translator: inout BuildKitTraceTranslator, _ message: String, _ events: inout [BuildEvent]) {
  do throws(TraceError) {
    try translator.accept(.error(message: message, code: nil), into: &events)
  } catch {
    preconditionFailure("an error record holds no trace")
  }
  guard case .failed(let failure) = translator.verdict else { preconditionFailure("an error that is no failure") }
  precondition(failure.lastLines.count <= RecentLines.count, "more lines than are kept")
}

private func check(_ events: [BuildEvent], printed: Int) {
  var states: [String: StepEvent.State] = [:]
  var given = 0
  var lineEnds = 0
  for event in events {
    switch event {
    case .step(let step):
      if let before = states[step.stepId] {
        precondition(step.state != .started && step.state != before, "a step that starts or ends twice")
      } else {
        precondition(step.stepId == String(states.count + 1), "a gap in the numbers")
        precondition(step.state == .started || step.state == .cached, "an end without a beginning")
      }
      states[step.stepId] = step.state
    case .log(let line):
      precondition(line.bytes.count <= LineAssembler.lineLimit && !line.bytes.contains(0x0A), "not a line")
      given += line.bytes.count
      if !line.partial { lineEnds += 1 }
    case .progress(let item):
      precondition(item.current >= 0 && item.total ?? 1 > 0, "negative progress")
    case .warning(_, _, let lines): precondition(lines?.lowerBound ?? 1 > 0, "a line before the first")
    }
  }
  // Every byte is in a line, or is the LF that ended one; the last line of a stream may have had none.
  precondition(given <= printed && printed <= given + lineEnds, "output was lost or made up")
}

private func base64ReadsBack(_ bytes: [UInt8]) {
  let text = Base64.encode(bytes)
  precondition(Base64.decode(text) == bytes, "base64 reads back differently")
  // Whatever can be decoded is what encoding gives.
  if let decoded = Base64.decode(bytes) { precondition(Base64.encode(decoded).utf8.elementsEqual(bytes)) }
}
