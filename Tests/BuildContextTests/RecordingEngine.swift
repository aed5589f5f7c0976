import Glibc
import Synchronization
import Testing

/// A stand-in for the Engine's socket that answers every request as if all were well and keeps the body of the last
/// `POST /build`.
final class RecordingEngine: Sendable {
  let socketPath: String
  private let listener: UnixListener
  private let wakeUp: (read: Int32, write: Int32)
  private let thread: Mutex<pthread_t?> = Mutex(nil)
  private let lastBody: Mutex<[UInt8]?> = Mutex(nil)

  init(socketPath: String) throws {
    self.socketPath = socketPath
    listener = try UnixListener(path: socketPath)
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    wakeUp = (ends[0], ends[1])
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<RecordingEngine>.fromOpaque(argument).takeRetainedValue().serve() }
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    try #require(status == 0)
    self.thread.withLock { $0 = thread }
  }

  /// Ends and joins the serving thread.
  func stop() {
    _ = write(wakeUp.write, "x", 1)
    if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
    listener.close()
    close(wakeUp.read)
    close(wakeUp.write)
  }

  /// Forgets it.
  func takeLastBody() -> [UInt8]? { lastBody.withLock { $0.take() } }

  private func serve() {
    var connections: [Int32: [UInt8]] = [:]
    defer { for descriptor in connections.keys { close(descriptor) } }
    while true {
      let watched = [wakeUp.read, listener.descriptor] + connections.keys
      var requests = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&requests, nfds_t(requests.count), -1) > 0 else { continue }
      for ready in requests where ready.revents != 0 {
        if ready.fd == wakeUp.read { return }
        if ready.fd == listener.descriptor {
          let accepted = accept(listener.descriptor, nil, nil)
          if accepted >= 0 { connections[accepted] = [] }
          continue
        }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(ready.fd, &buffer, buffer.count)
        guard count > 0 else {
          connections[ready.fd] = nil
          close(ready.fd)
          continue
        }
        connections[ready.fd, default: []] += buffer[..<count]
        while let request = HTTPRequest(takingFrom: &connections[ready.fd, default: []]) {
          answer(request, on: ready.fd)
        }
      }
    }
  }

  private func answer(_ request: HTTPRequest, on descriptor: Int32) {
    var body = #"{"ApiVersion":"1.41","Version":"20.10.24","Os":"linux","Arch":"amd64"}"#
    if request.target.contains("/build?") {
      lastBody.withLock { $0 = request.body }
      body = "{\"stream\":\"done\\n\"}\r\n"
    }
    if request.method == "HEAD" { body = "" }
    let text = """
      HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nOSType: linux\r\nContent-Type: application/json\r\n\
      Content-Length: \(body.utf8.count)\r\n\r\n\(body)
      """
    _ = text.withCString { send(descriptor, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
  }
}

private struct HTTPRequest {
  let method: String
  let target: String
  let body: [UInt8]

  /// Removes one whole request from the front; nothing as long as there is none.
  init?(takingFrom bytes: inout [UInt8]) {
    guard let headEnd = Self.end(of: "\r\n\r\n", in: bytes[...]) else { return nil }
    let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
    let words = lines[0].split(separator: " ")
    method = String(words[0])
    target = String(words[1])
    let headers = lines.dropFirst().map { $0.lowercased() }
    var body: [UInt8] = []
    var position = headEnd
    if headers.contains("transfer-encoding: chunked") {
      while true {
        guard let sizeEnd = Self.end(of: "\r\n", in: bytes[position...]) else { return nil }
        let digits = String(decoding: bytes[position..<(sizeEnd - 2)], as: UTF8.self)
        guard let size = Int(digits, radix: 16), bytes.count >= sizeEnd + size + 2 else { return nil }
        body += bytes[sizeEnd..<(sizeEnd + size)]
        position = sizeEnd + size + 2
        if size == 0 { break }
      }
    } else if let length = headers.first(where: { $0.hasPrefix("content-length: ") }) {
      guard let size = Int(length.dropFirst(16)), bytes.count >= headEnd + size else { return nil }
      body = Array(bytes[headEnd..<(headEnd + size)])
      position += size
    }
    self.body = body
    bytes.removeSubrange(..<position)
  }

  private static func end(of mark: String, in bytes: ArraySlice<UInt8>) -> Int? {
    let mark = Array(mark.utf8)
    guard bytes.count >= mark.count else { return nil }
    return bytes.indices.dropLast(mark.count - 1).first { bytes[$0..<($0 + mark.count)].elementsEqual(mark) }
      .map { $0 + mark.count }
  }
}
