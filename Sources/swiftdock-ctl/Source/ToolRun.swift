internal import CLinux
internal import Glibc

/// Runs one of the system's programs to its end.
enum ToolRun {
  /// With nothing on standard input and all of its output in a file. A signal for this process ends the program and
  /// what it started, too.
  ///
  /// - Parameters:
  ///   - path: of the program.
  ///   - arguments: its name first.
  ///   - messages: path of a file to be made.
  static func run(
    _ path: String, _ arguments: [String], messages: String, _ signals: borrowing Interrupts
  ) throws(ProgramError) -> cl_exit {
    let output = open(messages, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw .local("Cannot make \(messages): \(LocalFile.text(of: errno)).") }
    defer { close(output) }
    let id = CStringArray.with(arguments) { cl_spawn_daemon(path, $0, environ, output) }
    guard id > 0 else { throw .local("Cannot start \(path): \(LocalFile.text(of: errno)).") }
    var ended = cl_exit()
    let process = cl_pidfd_open(id)
    guard process >= 0 else {
      let reason = LocalFile.text(of: errno)
      // It leads a session of its own, so that its number is that of its group.
      kill(-id, SIGKILL)
      waitpid(id, nil, 0)
      throw .local("Cannot watch \(path): \(reason).")
    }
    defer { close(process) }
    guard try signals.wait(orFor: process) else {
      kill(-id, SIGKILL)
      waitpid(id, nil, 0)
      throw .interrupted
    }
    guard cl_reap(id, &ended) == 1 else { throw .local("Cannot tell how \(path) ended.") }
    return ended
  }
}
