import CLinux
import Glibc
import JSON
import SwiftDockTestSupport
import Testing

/// One connection to a broker, in line framing, with nothing of the project between the test and the bytes but its
/// JSON.
final class WireSession {
  private let descriptor: Int32
  private var ahead: [UInt8] = []
  private var lastID: Int64 = 0
  private let record: ExchangeRecord?
  /// Messages that were read while another one was waited for.
  private(set) var passed: [JSONValue] = []

  init(_ socket: String) throws {
    record = try ExchangeRecord(test: Test.current.map { "\($0.id)" } ?? "outside of a test")
    descriptor = cl_unix_connect(socket, socket.utf8.count)
    guard descriptor >= 0 else { throw ProgramFailure("connect \(socket): errno \(errno)") }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    record?.sent(bytes: bytes)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { cl_send(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        guard isReady(for: POLLOUT) else { throw ProgramFailure("the broker does not read") }
      } else {
        throw ProgramFailure("send: errno \(errno)")
      }
    }
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Sends a request.
  /// - Returns: its id.
  @discardableResult
  func request(_ method: String, _ params: JSONObject = JSONObject()) throws -> Int64 {
    lastID += 1
    try send(
      JSONWriter.bytes(
        of: ["jsonrpc": "2.0", "id": .integer(lastID), "method": .string(method), "params": .object(params)]) + [0x0A])
    return lastID
  }

  /// A request and its result.
  /// - Throws: where the answer is an error.
  func call(_ method: String, _ params: JSONObject = JSONObject()) throws -> JSONValue {
    let answer = try answer(to: request(method, params))
    guard let result = answer["result"] else { throw ProgramFailure("\(method): \(answer)") }
    return result
  }

  /// The response of a request.
  func answer(to id: Int64) throws -> JSONValue { try next { $0["id"] == .integer(id) } }

  /// The params of the next notification of that name.
  func notification(_ method: String) throws -> JSONValue {
    try next { $0["method"] == .string(method) }["params"] ?? .null
  }

  /// The next message that fits; those before it are put into `passed`.
  func next(where fits: (JSONValue) -> Bool) throws -> JSONValue {
    while let message = try next() {
      if fits(message) { return message }
      passed.append(message)
    }
    throw ProgramFailure("the broker closed the connection; before that: \(passed)")
  }

  /// The next message, or nil once the broker has closed the connection.
  func next() throws -> JSONValue? {
    while true {
      if let end = ahead.firstIndex(of: 0x0A) {
        let line = ahead[..<end]
        record?.received(line)
        ahead = Array(ahead[(end + 1)...])
        return try JSONParser.parse(line)
      }
      guard try receive() else { return nil }
    }
  }

  /// All that comes until the broker closes the connection.
  func rest() throws -> String {
    while try receive() {}
    record?.received(bytes: ahead)
    return String(decoding: ahead, as: UTF8.self)
  }

  private func receive() throws -> Bool {
    guard isReady(for: POLLIN) else { throw ProgramFailure("the broker does not answer; so far: \(passed)") }
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = cl_receive(descriptor, &chunk, chunk.count)
    if count < 0, errno == EAGAIN { return true }
    guard count >= 0 else { throw ProgramFailure("receive: errno \(errno)") }
    ahead += chunk[..<count]
    return count > 0
  }

  private func isReady(for event: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    return poll(&entry, 1, Int32(clamping: RunningProgram.guardTime.components.seconds * 1_000)) > 0
  }
}
