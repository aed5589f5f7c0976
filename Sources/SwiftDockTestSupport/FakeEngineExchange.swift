internal import Glibc
package import JSON
internal import Synchronization

/// One request that a script answers. For the connection's thread; the connection is closed when the script ends.
package final class FakeEngineExchange {
  package let request: FakeEngineRequest
  private let index: Int
  private let connection: FakeEngineConnection
  private let core: FakeEngineCore
  private var bodyLeft: Int

  init(_ request: FakeEngineRequest, at index: Int, connection: FakeEngineConnection, core: FakeEngineCore) {
    self.request = request
    self.index = index
    self.connection = connection
    self.core = core
    bodyLeft = request.field("Content-Length").flatMap { Int($0) } ?? 0
  }

  /// Reads the body, or its next `limit` bytes; what was read counts in `FakeEngine.requests`.
  /// - Parameter keeping: also puts the bytes there.
  /// - Returns: the bytes, where they are kept, else nothing.
  @discardableResult
  package func readBody(atMost limit: Int = Int.max, keeping: Bool = false) throws(FakeEngineFailure) -> [UInt8] {
    var kept: [UInt8] = []
    var left = min(limit, bodyLeft)
    while left > 0 {
      let bytes = try connection.receive(left)
      if bytes.isEmpty { throw .disconnected }
      left -= bytes.count
      bodyLeft -= bytes.count
      if keeping { kept += bytes }
      core.state.withLock { state in
        state.requests[index].bodySize += bytes.count
        if keeping { state.requests[index].body = (state.requests[index].body ?? []) + bytes }
      }
    }
    return kept
  }

  /// A whole answer.
  package func respond(
    status: Int = 200, fields: [(String, String)] = [], body: [UInt8] = [], type: String = "application/json"
  ) throws(FakeEngineFailure) {
    var text = Self.head(status: status, fields: fields)
    if status != 204 { text += "Content-Type: \(type)\r\nContent-Length: \(body.count)\r\n" }
    try connection.send(Array((text + "\r\n").utf8) + (request.method == "HEAD" ? [] : body))
  }

  package func respond(
    status: Int = 200, fields: [(String, String)] = [], json: JSONValue
  ) throws(FakeEngineFailure) {
    try respond(status: status, fields: fields, body: JSONWriter.bytes(of: json))
  }

  /// Status and fields of an answer whose body is sent in pieces.
  package func beginChunked(status: Int = 200, fields: [(String, String)] = []) throws(FakeEngineFailure) {
    let head = Self.head(status: status, fields: fields)
    try connection.send(Array("\(head)Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
  }

  package func chunk(_ bytes: [UInt8]) throws(FakeEngineFailure) {
    guard !bytes.isEmpty else { return }
    try connection.send(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
  }

  package func chunk(_ text: String) throws(FakeEngineFailure) { try chunk(Array(text.utf8)) }

  /// One record of a stream, as a chunk.
  package func record(_ value: JSONValue) throws(FakeEngineFailure) {
    try chunk(JSONWriter.bytes(of: value) + [0x0D, 0x0A])
  }

  /// One batch of BuildKit's progress, as a record.
  package func trace(_ trace: FakeEngineTrace) throws(FakeEngineFailure) {
    try record(["id": "moby.buildkit.trace", "aux": .string(trace.base64)])
  }

  package func endChunked() throws(FakeEngineFailure) { try connection.send(Array("0\r\n\r\n".utf8)) }

  /// Sends bytes as they are.
  package func send(raw bytes: [UInt8]) throws(FakeEngineFailure) { try connection.send(bytes) }

  /// Waits for the test to open the gate.
  package func wait(for gate: FakeEngineGate) throws(FakeEngineFailure) {
    try core.wait(for: gate.descriptor, events: POLLIN, limit: FakeEngineGate.guardTime)
  }

  /// Waits for the client to close its side, and drops what it sends.
  package func waitForDisconnect() throws(FakeEngineFailure) {
    try connection.waitForEnd(limit: FakeEngineGate.guardTime)
  }

  /// As `waitForDisconnect`, for as long as the test takes.
  package func rest() throws(FakeEngineFailure) { try connection.waitForEnd(limit: -1) }

  /// As `FakeEngine.freeze`.
  package func freezeEngine() { core.state.withLock { $0.isFrozen = true } }

  /// As `FakeEngine.requests(_:)`.
  package func requests(_ route: String) -> [FakeEngineRequest] { core.requests(route) }

  /// Closes the connection in the middle of whatever was being said.
  package func close() { connection.close() }

  /// `fields` take the place of common ones of the same name.
  private static func head(status: Int, fields: [(String, String)]) -> String {
    var text = "HTTP/1.1 \(status) Status\r\n"
    let common = FakeEngine.commonFields.filter { field in !fields.contains { $0.0 == field.0 } }
    for (name, value) in common + fields { text += "\(name): \(value)\r\n" }
    return text
  }
}
