internal import CLinux
internal import Glibc

/// Reads a descriptor to its end that somebody else holds too, and may drain, cut off or fall silent on, without being
/// held up by any of that and without changing anything that is shared with them.
package struct DescriptorReader: ~Copyable {
  package enum Failure: Error, Equatable {
    /// The descriptor given as `wake` became readable.
    case interrupted
    /// No byte came for so long.
    case silent(Duration)
    /// The end did not come in so long.
    case tooSlow(Duration)
    case system(errno: Int32)
  }

  /// Most that one read gives.
  package static let pieceSize = 256 << 10

  private enum Source {
    case regularFile(offset: Int64)
    /// Bytes go through a pipe of our own, since splice(2) is what never waits for one of somebody else's.
    case pipe(OwnPipe)
    case socket
  }

  private let descriptor: PassedDescriptor
  private var source: Source
  private let wake: Int32
  private let silence: Duration
  private let transfer: Duration
  /// When `transfer` is over.
  private let end: ContinuousClock.Instant

  /// - Parameters:
  ///   - kind: what `descriptor` was found to be. A file is read from the offset it had then.
  ///   - silence: longest time without a byte.
  ///   - transfer: longest time until the end, from now.
  ///   - wake: ends the reading by becoming readable.
  package init(
    _ descriptor: PassedDescriptor, _ kind: PassedDescriptor.Kind, silence: Duration, transfer: Duration,
    wake: Int32
  ) throws(Failure) {
    self.descriptor = descriptor
    self.wake = wake
    self.silence = silence
    self.transfer = transfer
    end = .now + transfer
    switch kind {
    case .regularFile(let offset): source = .regularFile(offset: offset)
    case .pipe: source = .pipe(try OwnPipe())
    case .socket: source = .socket
    }
  }

  /// Waits for bytes. 0 at the end.
  package mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let start = ContinuousClock.now
    guard start < end else { throw .tooSlow(transfer) }
    let deadline = start + silence
    while true {
      try wait(for: [wake], milliseconds: 0)
      let count = readNow(into: buffer)
      if count >= 0 { return count }
      switch errno {
      case EINTR: continue
      case EAGAIN: try wait(until: deadline)
      case let code: throw .system(errno: code)
      }
    }
  }

  /// As read(2).
  private mutating func readNow(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    switch source {
    case .regularFile(let offset):
      let count = pread(descriptor.raw, buffer.baseAddress, buffer.count, off_t(offset))
      if count > 0 { source = .regularFile(offset: offset + Int64(count)) }
      return count
    case .pipe(let own):
      let rest = Glibc.read(own.output, buffer.baseAddress, buffer.count)
      guard rest < 0, errno == EAGAIN else { return rest }
      let moved = cl_move_between_pipes(descriptor.raw, own.input, buffer.count)
      return moved > 0 ? Glibc.read(own.output, buffer.baseAddress, buffer.count) : moved
    case .socket: return cl_receive(descriptor.raw, buffer.baseAddress, buffer.count)
    }
  }

  private func wait(until deadline: ContinuousClock.Instant) throws(Failure) {
    let now = ContinuousClock.now
    guard now < end else { throw .tooSlow(transfer) }
    guard now < deadline else { throw .silent(silence) }
    let left = min(deadline, end) - now
    try wait(for: [wake, descriptor.raw], milliseconds: Int32(clamping: Int64(left / .milliseconds(1)) + 1))
  }

  /// - Parameter numbers: `wake` first.
  private func wait(for numbers: [Int32], milliseconds: Int32) throws(Failure) {
    var entries = numbers.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&entries, nfds_t(entries.count), milliseconds) >= 0 || errno == EINTR else {
      throw .system(errno: errno)
    }
    if entries[0].revents != 0 { throw .interrupted }
  }
}

/// Both ends of a pipe, neither of which ever waits.
private final class OwnPipe: Sendable {
  let output: Int32
  let input: Int32

  init() throws(DescriptorReader.Failure) {
    var ends: [Int32] = [-1, -1]
    guard cl_pipe(&ends) == 0 else { throw .system(errno: errno) }
    (output, input) = (ends[0], ends[1])
  }

  deinit {
    close(output)
    close(input)
  }
}
