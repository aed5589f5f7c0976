import CLinux
import Glibc

/// A process held by a descriptor (pidfd_open(2)): a signal reaches this process or nobody, never a later one of the
/// same number, and its end wakes who waits.
final class ProcessHandle: Sendable {
  let id: pid_t
  private let descriptor: Int32

  /// Nil where there is no such process.
  init?(_ id: pid_t) throws(PrivateEngineError) {
    descriptor = cl_pidfd_open(id)
    self.id = id
    guard descriptor >= 0 else {
      guard errno == ESRCH else { throw .system(call: "pidfd_open", path: "/proc/\(id)", errno: errno) }
      return nil
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Does nothing to a process that has ended.
  func signal(_ number: Int32) throws(PrivateEngineError) {
    guard cl_pidfd_signal(descriptor, number) == 0 || errno == ESRCH else {
      throw .system(call: "pidfd_send_signal", path: "/proc/\(id)", errno: errno)
    }
  }

  var hasEnded: Bool { hasEnded(within: .zero) }

  /// Waits for the end of the process; false where it still runs after `time`.
  func hasEnded(within time: Duration) -> Bool {
    var none: [pollfd] = []
    return wait(for: &none, until: .now + time) == .ended
  }

  enum Wake {
    case ended
    /// One of the descriptors has something to report in its `revents`.
    case ready
    case timedOut
  }

  /// Waits for what comes first: the end of the process, an event of `others`, or the time.
  func wait(for others: inout [pollfd], until deadline: ContinuousClock.Instant) -> Wake {
    var all = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)] + others
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      // Rounded up, so that the last millisecond is slept and not spun.
      let milliseconds = Int32(min(max(0, (left / .milliseconds(1)).rounded(.up)), Double(Int32.max)))
      let count = poll(&all, nfds_t(all.count), milliseconds)
      if all[0].revents != 0, count > 0 { return .ended }
      if count > 0 {
        others = Array(all.dropFirst())
        return .ready
      }
      if count == 0, ContinuousClock.now >= deadline { return .timedOut }
    }
  }

  /// Collects the process where it has ended and is a child of this one.
  func reap() -> EndOfProcess {
    var how = cl_exit()
    guard cl_reap(id, &how) == 1 else { return .unknown }
    return how.signal == 0 ? .exit(code: how.code) : .signal(how.signal)
  }
}
