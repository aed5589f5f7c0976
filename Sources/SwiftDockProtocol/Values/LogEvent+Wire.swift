package import JSON

extension LogEvent: WireObject {
  package init(from reader: inout ObjectReader) throws(ShapeError) {
    let kind = try reader.requiredString("kind")
    guard kind != "gap" else {
      self = .gap(
        Gap(
          fromSeq: try reader.requiredInteger("fromSeq"), toSeq: try reader.requiredInteger("toSeq"),
          bytes: try reader.requiredInteger("bytes"), reason: try reader.requiredWord("reason")))
      return
    }
    let seq = try reader.requiredInteger("seq")
    let timeMs = try reader.requiredInteger("timeMs")
    let body: Body =
      switch kind {
      case "state": .state(try reader.requiredWord("state"))
      case "step": .step(try Step(&reader))
      case "log": .log(try Line(&reader))
      case "diagnostic": .diagnostic(try reader.requiredObject("diagnostic"))
      case "warning":
        .warning(code: try reader.requiredString("code"), message: try reader.requiredString("message"))
      case "result": .result(try Outcome(&reader))
      default: .unknown(reader.all)
      }
    self = .entry(seq: seq, timeMs: timeMs, body)
  }

  package var members: JSONObject {
    var members = JSONObject()
    put(into: &members)
    return members
  }

  package func write(to writer: inout JSONWriter) {
    // Its members may name those before them again, which only an object takes.
    if case .entry(_, _, .unknown) = self { return writer.write(json) }
    writer.object { put(into: &$0) }
  }

  private func put(into members: inout some MemberSink) {
    switch self {
    case .entry(let seq, let timeMs, let body):
      members.put("seq", seq)
      members.put("timeMs", timeMs)
      body.put(into: &members)
    case .gap(let gap):
      members.put("kind", "gap")
      members.put("fromSeq", gap.fromSeq)
      members.put("toSeq", gap.toSeq)
      members.put("bytes", gap.bytes)
      members.put("reason", word: gap.reason)
    }
  }
}

extension LogEvent.Kind {
  /// The member `kinds` of a request. An empty list is refused: it would ask for a log that says nothing.
  static func chosen(_ reader: inout ObjectReader) throws(ShapeError) -> [Self]? {
    let kinds = try reader.words("kinds", Self.self)
    guard kinds != [] else { throw ShapeError(path: reader.pointer("kinds"), expected: "at least one kind") }
    return kinds
  }
}

extension LogEvent.Body {
  /// Appends `kind` and the members that belong to it.
  fileprivate func put(into members: inout some MemberSink) {
    switch self {
    case .state(let state):
      members.put("kind", "state")
      members.put("state", word: state)
    case .step(let step):
      members.put("kind", "step")
      members.put("stepId", step.stepID)
      members.put("name", step.name)
      members.put("stage", step.stage)
      members.put("index", step.index)
      members.put("total", step.total)
      members.put("state", word: step.state)
      members.put("error", step.error)
      members.put("durationMs", step.durationMs)
    case .log(let line):
      members.put("kind", "log")
      members.put("stepId", line.stepID)
      members.put("stream", word: line.stream)
      if let text = String(validating: line.bytes, as: UTF8.self) {
        members.put("text", text)
      } else {
        members.put("base64", Base64.encode(line.bytes))
      }
      if line.isPartial { members.put("partial", true) }
    case .diagnostic(let diagnostic):
      members.put("kind", "diagnostic")
      members.put("diagnostic", diagnostic)
    case .warning(let code, let message):
      members.put("kind", "warning")
      members.put("code", code)
      members.put("message", message)
    case .result(let outcome):
      members.put("kind", "result")
      members.put("state", word: outcome.state)
      members.put("imageId", outcome.imageID)
      members.put("sizeBytes", outcome.sizeBytes)
      members.put("error", outcome.error)
    case .unknown(let object):
      for member in object.members { members.put(member.name, json: member.value) }
    }
  }
}

extension LogEvent.Step {
  fileprivate init(_ reader: inout ObjectReader) throws(ShapeError) {
    stepID = try reader.requiredString("stepId")
    name = try reader.requiredString("name", bytes: 0...ObjectReader.stringLimit)
    stage = try reader.string("stage")
    index = try reader.integer("index")
    total = try reader.integer("total")
    state = try reader.requiredWord("state")
    error = try reader.string("error")
    durationMs = try reader.integer("durationMs")
  }
}

extension LogEvent.Line {
  fileprivate init(_ reader: inout ObjectReader) throws(ShapeError) {
    stepID = try reader.string("stepId")
    stream = try reader.requiredWord("stream")
    switch (reader.value("text"), reader.value("base64")) {
    case (.string(let text)?, nil):
      bytes = Array(text.utf8)
    case (nil, .string(let text)?):
      guard let decoded = Base64.decode(text) else {
        throw ShapeError(path: reader.pointer("base64"), expected: "base64 with padding")
      }
      bytes = decoded
    default:
      throw ShapeError(path: reader.path, expected: "either text or base64")
    }
    isPartial = try reader.bool("partial") ?? false
  }
}

extension LogEvent.Outcome {
  fileprivate init(_ reader: inout ObjectReader) throws(ShapeError) {
    state = try reader.requiredWord("state")
    imageID = try reader.string("imageId")
    sizeBytes = try reader.integer("sizeBytes")
    error = try reader.object("error")
  }
}
