import CLinux
import Glibc
import JSON
import JSONRPC
import SwiftDockClient
import Testing

/// The broker's end of a connection, which says what it is told to.
final class ScriptedPeer: Sendable {
  private let descriptor: Int32
  /// For one `BrokerConnection` to adopt.
  let otherEnd: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
    try #require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
    (otherEnd, descriptor) = (ends[0], ends[1])
  }

  deinit { close(descriptor) }

  /// Small enough for the socket's buffer.
  func say(_ text: String) {
    let bytes = Array(text.utf8)
    #expect(write(descriptor, bytes, bytes.count) == bytes.count)
  }

  func say(_ message: [UInt8]) { say(String(decoding: message, as: UTF8.self) + "\n") }

  /// Waits for one message.
  func heard() throws -> RPCMessage {
    var line: [UInt8] = []
    while true {
      var byte: UInt8 = 0
      try #require(read(descriptor, &byte, 1) == 1)
      if byte == 0x0A { return RPCMessage(line) }
      line.append(byte)
    }
  }

  /// Reads `count` bytes and drops them.
  func drain(_ count: Int) {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var rest = count
    while rest > 0 {
      let got = read(descriptor, &chunk, min(rest, chunk.count))
      guard got > 0 else { return }
      rest -= got
    }
  }

  func hangUp() { #expect(shutdown(descriptor, Int32(SHUT_RDWR)) == 0) }
}
