internal import CLinux
internal import Glibc

/// Signals that ask this program to end, as something to wait for. From its making on they do not end the program.
struct Interrupts: ~Copyable {
  enum Signals {
    /// SIGINT and SIGTERM.
    case wishes
    /// SIGHUP and SIGPIPE, too: whatever would end the program before it has cleaned up.
    case allThatLeaveTraces
  }

  let descriptor: Int32

  init(_ which: Signals) throws(ProgramError) {
    let signals =
      switch which {
      case .wishes: [SIGINT, SIGTERM]
      case .allThatLeaveTraces: [SIGINT, SIGTERM, SIGHUP, SIGPIPE]
      }
    descriptor = cl_signalfd(signals, signals.count)
    guard descriptor >= 0 else { throw .local("Cannot wait for signals: \(LocalFile.text(of: errno)).") }
  }

  deinit { close(descriptor) }

  /// Whether there was one, which is then taken.
  func take() -> Bool { cl_signalfd_read(descriptor) > 0 }

  /// Waits until `other` can be read. False where a signal was there first, which is then taken.
  func wait(orFor other: Int32) throws(ProgramError) -> Bool {
    while true {
      var descriptors = [descriptor, other].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&descriptors, nfds_t(descriptors.count), -1) >= 0 || errno == EINTR else {
        throw .local("Cannot wait: \(LocalFile.text(of: errno)).")
      }
      if descriptors[0].revents != 0, take() { return false }
      if descriptors[1].revents != 0 { return true }
    }
  }
}
