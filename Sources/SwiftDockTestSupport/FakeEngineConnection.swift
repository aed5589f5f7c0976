internal import CLinux
internal import Glibc

/// One connection of a client. Owns its descriptor. For the connection's thread.
final class FakeEngineConnection {
  private var descriptor: Int32
  private let core: FakeEngineCore
  /// Read and not used yet.
  private var ahead: [UInt8] = []

  init(_ descriptor: Int32, core: FakeEngineCore) {
    self.descriptor = descriptor
    self.core = core
  }

  deinit { close() }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  /// Nil where the client leaves without a request.
  func readRequest() throws(FakeEngineFailure) -> FakeEngineRequest? {
    var head: [UInt8] = []
    let end = Array("\r\n\r\n".utf8)
    while true {
      let bytes = try receive(65_536)
      if bytes.isEmpty { return nil }
      let searched = max(0, head.count - 3)
      head += bytes
      for index in searched...max(searched, head.count - 4) where head[index...].starts(with: end) {
        ahead = Array(head[(index + 4)...])
        return try FakeEngineRequest(parsing: String(decoding: head[..<index], as: UTF8.self))
      }
    }
  }

  /// At most `limit` bytes; empty at the end.
  func receive(_ limit: Int) throws(FakeEngineFailure) -> [UInt8] {
    if !ahead.isEmpty {
      let bytes = Array(ahead.prefix(limit))
      ahead.removeFirst(bytes.count)
      return bytes
    }
    guard descriptor >= 0 else { throw .disconnected }
    while true {
      try core.wait(for: descriptor, events: POLLIN)
      var received = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: min(limit, 262_144)) { buffer, count in
        received = cl_receive(descriptor, buffer.baseAddress, buffer.count)
        count = max(0, received)
      }
      if received >= 0 { return bytes }
      if errno != EAGAIN, errno != EINTR { throw .disconnected }
    }
  }

  func send(_ bytes: [UInt8]) throws(FakeEngineFailure) {
    guard descriptor >= 0 else { throw .disconnected }
    var rest = bytes[...]
    while !rest.isEmpty {
      try core.wait(for: descriptor, events: POLLOUT)
      let sent = rest.withUnsafeBytes { cl_send(descriptor, $0.baseAddress, $0.count) }
      if sent >= 0 { rest = rest.dropFirst(sent) } else if errno != EAGAIN, errno != EINTR { throw .disconnected }
    }
  }

  /// Waits for the client to close its side, and drops what it sends.
  func waitForEnd(limit milliseconds: Int32) throws(FakeEngineFailure) {
    while true {
      guard descriptor >= 0 else { return }
      try core.wait(for: descriptor, events: POLLIN, limit: milliseconds)
      var byte: [UInt8] = [0]
      let received = cl_receive(descriptor, &byte, 1)
      if received == 0 || (received < 0 && errno != EAGAIN && errno != EINTR) { return }
    }
  }
}
