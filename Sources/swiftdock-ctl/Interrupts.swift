internal import CLinux
internal import Glibc

/// Signals that ask this program to end, as something to wait for. From its making on they do not end the program.
struct Interrupts: ~Copyable {
  let descriptor: Int32

  /// SIGINT and SIGTERM.
  init() throws(ProgramError) {
    let signals = [SIGINT, SIGTERM]
    descriptor = cl_signalfd(signals, signals.count)
    guard descriptor >= 0 else { throw .local("Cannot wait for signals: \(LocalFile.text(of: errno)).") }
  }

  deinit { close(descriptor) }

  /// Whether there was one, which is then taken.
  func take() -> Bool { cl_signalfd_read(descriptor) > 0 }
}
