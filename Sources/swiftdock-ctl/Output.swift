internal import Glibc
internal import JSON

/// The program's two streams: results go to one, everything said about the work to the other.
enum Output: Int32 {
  case results = 1
  case messages = 2

  /// Writes all of it. What cannot be written, since nobody reads any more, is dropped: for a pipe SIGPIPE has then
  /// ended the program already.
  func write(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(rawValue, rest.baseAddress, rest.count)
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno == EAGAIN {
        var descriptor = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        _ = poll(&descriptor, 1, -1)
      } else if errno != EINTR {
        return
      }
    }
  }

  func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

  /// Whether a person looks at it.
  var isTerminal: Bool { isatty(rawValue) == 1 }

  func line(_ text: String) { write(Array(text.utf8) + [0x0A]) }

  func json(_ value: JSONValue) { write(JSONWriter.bytes(of: value) + [0x0A]) }
}
