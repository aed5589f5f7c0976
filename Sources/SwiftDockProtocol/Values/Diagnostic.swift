package import JSON

/// Something to say about a place in a file of the context.
package struct Diagnostic: WireObject, Equatable {
  package enum Source: String, CaseIterable, Sendable {
    case dockerfile, engine, step
  }

  /// From 0, in UTF-16 code units.
  package struct Position: Sendable, Equatable {
    package var line: Int
    package var character: Int

    package init(line: Int, character: Int = 0) {
      self.line = line
      self.character = character
    }
  }

  package enum Severity: Int, CaseIterable, Sendable {
    case error = 1
    case warning, information, hint
  }

  /// In the context.
  package var path: String
  /// Of a file that the broker read in a directory. Not in events, which go to whoever joined.
  package var uri: String?
  package var start: Position
  /// Exclusive.
  package var end: Position
  package var severity: Severity
  package var code: String?
  package var source: Source
  package var message: String
  package var stepID: String?

  package init(
    path: String, start: Position, end: Position, severity: Severity, code: String? = nil, source: Source,
    message: String, stepID: String? = nil
  ) {
    self.path = path
    self.start = start
    self.end = end
    self.severity = severity
    self.code = code
    self.source = source
    self.message = message
    self.stepID = stepID
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    path = try reader.requiredString("path")
    uri = try reader.string("uri")
    let range: Range = try reader.requiredObject("range")
    start = range.start
    end = range.end
    guard let severity = Severity(rawValue: try reader.requiredInteger("severity")) else {
      throw ShapeError(path: reader.pointer("severity"), expected: "integer from 1 to 4")
    }
    self.severity = severity
    code = try reader.string("code")
    source = try reader.requiredWord("source")
    message = try reader.requiredString("message")
    stepID = try reader.string("stepId")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("path", path)
    members.put("uri", uri)
    members.put("range", Range(start: start, end: end))
    members.put("severity", severity.rawValue)
    members.put("code", code)
    members.put("source", word: source)
    members.put("message", message)
    members.put("stepId", stepID)
    return members
  }

  private struct Range: WireObject {
    var start: Position
    var end: Position

    init(start: Position, end: Position) {
      self.start = start
      self.end = end
    }

    init(from reader: inout ObjectReader) throws(ShapeError) {
      start = try reader.requiredObject("start")
      end = try reader.requiredObject("end")
    }

    var members: JSONObject {
      var members = JSONObject()
      members.put("start", start)
      members.put("end", end)
      return members
    }
  }
}

extension Diagnostic.Position: WireObject {
  package init(from reader: inout ObjectReader) throws(ShapeError) {
    line = try reader.requiredInteger("line")
    character = try reader.requiredInteger("character")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("line", line)
    members.put("character", character)
    return members
  }
}
