import CLinux
import EventLoop
import Glibc
import JSON
import SwiftDockTestSupport
import Testing

/// A client that knows sockets, lines and length headers, and shares no code with the broker's framing.
final class WireClient {
  enum Framing { case line, header }

  struct Closed: Error {}

  private static let guardMilliseconds: Int32 = 20_000

  private let framing: Framing
  private(set) var descriptor: Int32
  private var received: [UInt8] = []
  private var lastID: Int64 = 0
  private let record: ExchangeRecord?

  init(_ path: String, _ framing: Framing = .line) throws {
    self.framing = framing
    record = try ExchangeRecord(test: Test.current.map { "\($0.id)" } ?? "outside of a test")
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(status == 0, "connect \(path): \(errno)")
  }

  deinit { close() }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  /// No more requests.
  func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }
  /// No more reading, while the socket stays open.
  func endOutput() { shutdown(descriptor, Int32(SHUT_RD)) }

  // MARK: Out

  func send(raw bytes: [UInt8]) throws {
    record?.sent(bytes: bytes)
    try write(bytes)
  }

  private func write(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0 { throw Closed() }
      rest = rest.dropFirst(count)
    }
  }

  /// In one sendmsg(2).
  func send(raw bytes: [UInt8], descriptors: [Int32]) throws {
    record?.sent(bytes: bytes)
    let count = cl_send_with_descriptors(descriptor, bytes, bytes.count, descriptors, descriptors.count)
    try #require(count == bytes.count, "sendmsg: \(count), \(errno)")
  }

  /// Sends bytes from another thread, until they are sent or the connection has ended. Not to be used beside `close`.
  var sender: @Sendable ([UInt8]) -> Void {
    let copy = dup(descriptor)
    return { [record] bytes in
      record?.sent(bytes: bytes)
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.send(copy, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { break }
        rest = rest.dropFirst(count)
      }
      Glibc.close(copy)
    }
  }

  func send(raw text: String) throws { try send(raw: Array(text.utf8)) }

  func send(_ message: JSONValue) throws {
    let bytes = JSONWriter.bytes(of: message)
    record?.sent(bytes)
    switch framing {
    case .line: try write(bytes + [UInt8(ascii: "\n")])
    case .header: try write(Array("Content-Length: \(bytes.count)\r\n\r\n".utf8) + bytes)
    }
  }

  @discardableResult
  func request(_ method: String, _ params: JSONObject = JSONObject()) throws -> Int64 {
    lastID += 1
    try send(["jsonrpc": "2.0", "id": .integer(lastID), "method": .string(method), "params": .object(params)])
    return lastID
  }

  func request(_ method: String, _ params: JSONObject, descriptors: [Int32]) throws -> Int64 {
    lastID += 1
    let message: JSONValue = [
      "jsonrpc": "2.0", "id": .integer(lastID), "method": .string(method), "params": .object(params),
    ]
    try send(raw: JSONWriter.bytes(of: message) + [UInt8(ascii: "\n")], descriptors: descriptors)
    return lastID
  }

  func notify(_ method: String, _ params: JSONObject = JSONObject()) throws {
    try send(["jsonrpc": "2.0", "method": .string(method), "params": .object(params)])
  }

  // MARK: In

  /// The next message, exactly as it was framed.
  func next() throws -> JSONValue { try JSONParser.parse(try nextFrame()) }

  func nextFrame() throws -> [UInt8] {
    while true {
      if let frame = try takeFrame() { return frame }
      guard try read() else { throw Closed() }
    }
  }

  /// What was read and not taken as a message yet; for somebody who reads on from the descriptor.
  func takeReceived() -> [UInt8] {
    defer { received = [] }
    return received
  }

  /// Everything up to the end of the connection.
  func readToEnd() throws -> [JSONValue] {
    while try read() {}
    var messages: [JSONValue] = []
    while let frame = try takeFrame() { messages.append(try JSONParser.parse(frame)) }
    #expect(received.isEmpty, "half a message: \(String(decoding: received, as: UTF8.self))")
    return messages
  }

  func readBytesToEnd() throws -> [UInt8] {
    while try read() {}
    record?.received(bytes: received)
    return received
  }

  /// The answer to a request, and what came before it.
  func answer(to id: Int64) throws -> (answer: JSONValue, before: [JSONValue]) {
    var before: [JSONValue] = []
    while true {
      let message = try next()
      if message["id"] == .integer(id) { return (message, before) }
      before.append(message)
    }
  }

  /// Sends a request and returns its result; messages before it are dropped.
  func call(
    _ method: String, _ params: JSONObject = JSONObject(), at location: SourceLocation = #_sourceLocation
  ) throws -> JSONValue {
    let answer = try answer(to: try request(method, params)).answer
    return try #require(answer["result"], "\(answer)", sourceLocation: location)
  }

  /// The error of a request that has to fail.
  func error(_ method: String, _ params: JSONObject = JSONObject()) throws -> JSONValue {
    let answer = try answer(to: try request(method, params)).answer
    return try #require(answer["error"], "\(answer)")
  }

  /// Notifications of that name, up to the first for which `isLast` holds.
  func notifications(until isLast: (JSONValue) -> Bool) throws -> [JSONValue] {
    var all: [JSONValue] = []
    while true {
      let message = try next()
      all.append(message)
      if isLast(message) { return all }
    }
  }

  private func takeFrame() throws -> [UInt8]? {
    switch framing {
    case .line:
      guard let end = received.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      defer { received.removeSubrange(...end) }
      record?.received(received[..<end])
      return Array(received[..<end])
    case .header:
      let prefix = Array("Content-Length: ".utf8)
      guard let colon = received.firstIndex(of: UInt8(ascii: "\r")), received.count >= colon + 4 else { return nil }
      try #require(received.starts(with: prefix) && received[colon..<(colon + 4)].elementsEqual("\r\n\r\n".utf8))
      let length = try #require(Int(String(decoding: received[prefix.count..<colon], as: UTF8.self)))
      guard received.count >= colon + 4 + length else { return nil }
      defer { received.removeSubrange(..<(colon + 4 + length)) }
      record?.received(received[(colon + 4)..<(colon + 4 + length)])
      return Array(received[(colon + 4)..<(colon + 4 + length)])
    }
  }

  /// False at the end.
  private func read() throws -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    try #require(poll(&entry, 1, Self.guardMilliseconds) > 0, "the broker says nothing")
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, count in
      let got = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if got < 0 { failure = errno }
      count = max(0, got)
    }
    try #require(failure == 0, "recv: \(failure)")
    received += bytes
    return !bytes.isEmpty
  }
}

extension JSONValue {
  /// Of a message.
  var method: String? { self["method"]?.stringValue }
  var params: JSONValue { self["params"] ?? .null }
  /// Of an error.
  var code: Int64? { self["code"]?.integerValue }
  var name: String? { self["data"]?["name"]?.stringValue }
  var detail: JSONValue { self["data"]?["detail"] ?? .null }

  func text(_ name: String) -> String { self[name]?.stringValue ?? "" }
  func number(_ name: String) -> Int64 { self[name]?.integerValue ?? -1 }
}
