import CLinux
import Glibc

/// Asks an Engine whether it serves requests: `GET /_ping`.
enum EnginePing {
  private static let request = Array(
    "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n".utf8)
  private static let answer = Array("HTTP/1.1 200".utf8)

  /// Whether the Engine at the socket answers with status 200 before the deadline and before the process ends. False at
  /// once where nobody listens.
  static func isAnswered(at socket: String, by process: ProcessHandle, until deadline: ContinuousClock.Instant) -> Bool
  {
    let path = Array(socket.utf8)
    let descriptor = path.withUnsafeBytes { bytes in
      cl_unix_connect(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    guard cl_send(descriptor, request, request.count) == request.count else { return false }
    var received: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 256)
    while received.count < answer.count {
      var sockets = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
      guard process.wait(for: &sockets, until: deadline) == .ready else { return false }
      let count = cl_receive(descriptor, &chunk, chunk.count)
      guard count > 0 else {
        if count < 0, errno == EINTR || errno == EAGAIN { continue }
        return false
      }
      received += chunk[..<count]
    }
    return received.starts(with: answer)
  }
}
