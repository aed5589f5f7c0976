internal import CLinux
internal import Glibc

/// A connected stream socket. Owns its descriptor, which is non-blocking. For one thread.
final class EngineConnection {
  /// -1 once closed.
  private var descriptor: Int32

  deinit { close() }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  /// Waits, where the Engine's queue of connections is full, until `deadline`.
  init(
    to path: String, until deadline: SuspendingClock.Instant, interrupt: Interrupt?
  ) throws(EngineError) {
    let retry = Duration.milliseconds(50)
    while true {
      let bytes = Array(path.utf8CString)
      let descriptor = bytes.withUnsafeBufferPointer { cl_unix_connect($0.baseAddress, bytes.count - 1) }
      let error = errno
      self.descriptor = descriptor
      if descriptor >= 0 { return }
      let now = SuspendingClock.now
      switch error {
      case EINTR: continue
      case EAGAIN where now < deadline: try Self.pause(min(retry, deadline - now), interrupt: interrupt)
      case EAGAIN: throw .unreachable(socket: path, errno: ETIMEDOUT)
      case EMFILE, ENFILE, ENOMEM, ENOBUFS: throw .system(call: "socket", errno: error)
      default: throw .unreachable(socket: path, errno: error)
      }
    }
  }

  struct Readiness {
    var isReadable: Bool
    var isWritable: Bool
  }

  /// Waits until the socket can be read (its end counts), or also written where `writing`, or until `deadline`: then
  /// neither is true.
  /// - Throws: `EngineError.interrupted`, which goes before everything else.
  func wait(
    writing: Bool, until deadline: SuspendingClock.Instant?, interrupt: Interrupt?
  ) throws(EngineError) -> Readiness {
    while true {
      let now = SuspendingClock.now
      let left = deadline.map { $0 - now }
      var entries = [
        pollfd(fd: descriptor, events: Int16(POLLIN) | (writing ? Int16(POLLOUT) : 0), revents: 0),
        // poll(2) passes over negative descriptors.
        pollfd(fd: interrupt?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&entries, nfds_t(entries.count), left.map(Self.milliseconds) ?? -1)
      guard count >= 0 else {
        if errno == EINTR { continue }
        throw .system(call: "poll", errno: errno)
      }
      if interrupt?.isFired == true { throw .interrupted }
      let events = entries[0].revents
      if events != 0 {
        // An error or hang-up shows in the next read.
        return Readiness(
          isReadable: events & ~Int16(POLLOUT) != 0, isWritable: writing && events & Int16(POLLOUT) != 0)
      }
      if let left, left <= .zero { return Readiness(isReadable: false, isWritable: false) }
    }
  }

  enum Received {
    case bytes([UInt8])
    /// The peer closed, with or without a reset.
    case end
    case nothing
  }

  func receive() throws(EngineError) -> Received {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
      let received = cl_receive(descriptor, buffer.baseAddress, buffer.count)
      if received < 0 { failure = errno }
      count = max(0, received)
    }
    switch failure {
    case 0: return bytes.isEmpty ? .end : .bytes(bytes)
    case EAGAIN, EINTR: return .nothing
    case ECONNRESET, EPIPE, ENOTCONN: return .end
    case let error: throw .system(call: "recv", errno: error)
    }
  }

  enum Sent {
    case bytes(Int)
    /// The peer reads no more; its answer may wait to be read.
    case refused
  }

  func send(_ bytes: UnsafeRawBufferPointer) throws(EngineError) -> Sent {
    let sent = cl_send(descriptor, bytes.baseAddress, bytes.count)
    guard sent < 0 else { return .bytes(sent) }
    switch errno {
    case EAGAIN, EINTR: return .bytes(0)
    case EPIPE, ECONNRESET, ENOTCONN: return .refused
    case let error: throw .system(call: "send", errno: error)
    }
  }

  /// Waits for `interval`, or throws `EngineError.interrupted`.
  static func pause(_ interval: Duration, interrupt: Interrupt?) throws(EngineError) {
    let deadline = SuspendingClock.now.advanced(by: interval)
    while true {
      let left = deadline - SuspendingClock.now
      var entry = pollfd(fd: interrupt?.descriptor ?? -1, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, milliseconds(left)) >= 0 || errno == EINTR else {
        throw .system(call: "poll", errno: errno)
      }
      if interrupt?.isFired == true { throw .interrupted }
      if left <= .zero { return }
    }
  }

  /// Rounded up, so that a wait does not end just before its time; 0 for times in the past.
  private static func milliseconds(_ duration: Duration) -> Int32 {
    guard duration > .zero else { return 0 }
    let (seconds, attoseconds) = duration.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    return overflow ? Int32.max : Int32(clamping: whole + attoseconds / 1_000_000_000_000_000 + 1)
  }
}
