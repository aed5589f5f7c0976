import Glibc
import JSON
import Testing

/// One line of `Protocol/vectors/*.jsonl`, whose README.md says what the members mean.
struct Vector: Sendable, CustomTestStringConvertible {
  struct Malformed: Error {
    let vector: String
    let why: String
  }

  enum Framing: String { case line, header, http }

  /// Bytes to be written at once, or something else to be done to the connection.
  indirect enum Piece: Sendable {
    case bytes([UInt8])
    case text(String)
    case repeated(Piece, times: Int)
    case pause
    case end
  }

  enum Step: Sendable {
    case send([Piece], on: String)
    /// - Parameter among: what may come in between, any number of times.
    case expect([JSONValue], inOrder: Bool, among: [JSONValue], on: String)
    /// The rest of a subscription.
    case log(subscription: String, from: Int64, events: [JSONValue], end: JSONValue, on: String)
    case hangUp(String)
    case releaseEngine
    case drainBroker
  }

  let file: String
  let name: String
  let framing: Framing
  let steps: [Step]
  let closes: Bool
  let broker: JSONObject
  let engine: JSONValue
  let contexts: [(name: String, files: [String: String])]

  var testDescription: String { "\(file): \(name)" }

  /// Whether more than a mebibyte is to be written.
  var isLarge: Bool {
    steps.contains { step in
      guard case .send(let pieces, _) = step else { return false }
      return pieces.contains { if case .repeated(_, let times) = $0 { times > 1 << 20 } else { false } }
    }
  }

  /// All of the folder, in order.
  static let all: [Vector] = {
    do { return try read() } catch {
      Issue.record("Protocol/vectors cannot be read: \(error)")
      return []
    }
  }()

  private static func read() throws -> [Vector] {
    let project = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let folder = "/\(project)/Protocol/vectors"
    var vectors: [Vector] = []
    for name in try TextFile.names(in: folder).filter({ $0.hasSuffix(".jsonl") }).sorted() {
      for line in try TextFile.read("\(folder)/\(name)").split(separator: UInt8(ascii: "\n")) {
        vectors.append(try Vector(JSONParser.parse(line), file: String(name.dropLast(".jsonl".count))))
      }
    }
    return vectors
  }

  private init(_ json: JSONValue, file: String) throws {
    let name = json.text("name")
    func fail(_ why: String) -> Malformed { Malformed(vector: "\(file): \(name)", why: why) }
    let known = ["name", "framing", "send", "expect", "steps", "close", "broker", "engine", "contexts"]
    guard let object = json.objectValue, !name.isEmpty, object.members.allSatisfy({ known.contains($0.name) }) else {
      throw fail("members")
    }
    guard let framing = Framing(rawValue: json.text("framing")) else { throw fail("framing") }
    guard let closes = json["close"]?.boolValue else { throw fail("close") }
    self.file = file
    self.name = name
    self.framing = framing
    self.closes = closes
    broker = json["broker"]?.objectValue ?? JSONObject()
    engine = json["engine"] ?? .null
    contexts = (json["contexts"]?.objectValue?.members ?? []).map { context in
      var files: [String: String] = [:]
      for file in context.value.objectValue?.members ?? [] { files[file.name] = file.value.stringValue }
      return (context.name, files)
    }
    if let steps = json["steps"]?.arrayValue {
      self.steps = try steps.map { step in
        guard let step = Step(step) else { throw fail("step \(step)") }
        return step
      }
    } else {
      let send: JSONValue = ["send": json["send"] ?? .null]
      let expect: JSONValue = ["expect": json["expect"] ?? .null]
      guard let send = Step(send), let expect = Step(expect) else { throw fail("send or expect") }
      steps = [send, expect]
    }
  }
}

extension Vector.Step {
  init?(_ json: JSONValue) {
    let connection = json["on"]?.stringValue ?? ""
    if let pieces = json["send"]?.arrayValue {
      var read: [Vector.Piece] = []
      for piece in pieces {
        guard let piece = Vector.Piece(piece) else { return nil }
        read.append(piece)
      }
      self = .send(read, on: connection)
    } else if let patterns = json["expect"]?.arrayValue {
      self = .expect(
        patterns, inOrder: json["order"] != "any", among: json["among"]?.arrayValue ?? [], on: connection)
    } else if let subscription = json["log"]?.stringValue, let events = json["events"]?.arrayValue {
      self = .log(
        subscription: subscription, from: json["from"]?.integerValue ?? 1, events: events,
        end: json["end"] ?? .object(JSONObject()), on: connection)
    } else if let connection = json["hangUp"]?.stringValue {
      self = .hangUp(connection)
    } else if json["engine"] == "release" {
      self = .releaseEngine
    } else if json["broker"] == "drain" {
      self = .drainBroker
    } else {
      return nil
    }
  }
}

extension Vector.Piece {
  init?(_ json: JSONValue) {
    if let text = json["text"]?.stringValue {
      self = .text(text)
    } else if let base64 = json["base64"]?.stringValue, let bytes = Base64.decode(base64) {
      self = .bytes(bytes)
    } else if let piece = json["repeat"].flatMap(Vector.Piece.init), let times = json["times"]?.integerValue {
      self = .repeated(piece, times: Int(times))
    } else if json["pause"] == true {
      self = .pause
    } else if json["end"] == true {
      self = .end
    } else {
      return nil
    }
  }

  /// nil where there is nothing to write.
  func bytes(_ names: VectorNames) throws -> [UInt8]? {
    switch self {
    case .bytes(let bytes): return bytes
    case .text(let text): return Array(try names.replaced(in: text).utf8)
    case .repeated(let piece, let times):
      guard let bytes = try piece.bytes(names) else { return nil }
      return Array((0..<times).lazy.map { _ in bytes }.joined())
    case .pause, .end: return nil
    }
  }

  var isRepeated: Bool { if case .repeated = self { true } else { false } }
}

/// Files of the project, for tests that read them.
enum TextFile {
  struct Unreadable: Error { let path: String }

  static func names(in path: String) throws -> [String] {
    guard let directory = opendir(path) else { throw Unreadable(path: path) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names
  }

  static func read(_ path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Unreadable(path: path) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(file, &piece, piece.count)
      guard count >= 0 else { throw Unreadable(path: path) }
      if count == 0 { return bytes }
      bytes += piece[..<count]
    }
  }
}
