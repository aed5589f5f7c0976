internal import Glibc

/// One run of a program that is asked something: it finds the question on its standard input, its standard output is
/// read, and it stays in this process's session and group, so that it can ask its user on the terminal and ends with
/// this process when the user says so there.
struct HelperRun: ~Copyable {
  /// How long its end is waited for before it is looked whether it has come: nothing wakes for the end of a program
  /// that keeps its output open, or has closed it early.
  private static let pause: Duration = .milliseconds(20)

  private let id: pid_t
  /// The reading end of its standard output, non-blocking; -1 once it has ended.
  private var output: Int32
  private var isCollected = false

  /// - Parameter input: at most `PIPE_BUF` bytes, which a new pipe always takes at once.
  init(
    _ path: String, arguments: [String], environment: [String: String], input: [UInt8]
  ) throws(HelperFailure) {
    guard input.count <= Int(PIPE_BUF) else { throw .system(call: "write", errno: EMSGSIZE) }
    let question = try Self.pipe()
    defer { close(question.read) }
    let written = write(question.write, input, input.count)
    let writeError = errno
    close(question.write)
    guard written == input.count else { throw .system(call: "write", errno: writeError) }
    let answer = try Self.pipe()
    defer { close(answer.write) }
    var id: pid_t = -1
    let error = Self.spawn(&id, path, arguments, environment, input: question.read, output: answer.write)
    guard error == 0, fcntl(answer.read, F_SETFL, O_NONBLOCK) == 0 else {
      close(answer.read)
      throw .system(call: "posix_spawn", errno: error)
    }
    self.id = id
    output = answer.read
  }

  deinit {
    if output >= 0 { close(output) }
    if !isCollected {
      kill(id, SIGKILL)
      // EINTR is the only failure: this is a child that nobody else collects.
      while waitpid(id, nil, 0) < 0 && errno == EINTR {}
    }
  }

  /// Waits for the program's end. Where that does not come in time, or too much output does, the program is killed.
  mutating func finish(
    within limit: Duration, outputLimit: Int
  ) throws(HelperFailure) -> (status: Int32, output: [UInt8]) {
    let deadline = ContinuousClock.now + limit
    var bytes: [UInt8] = []
    while true {
      let hadEnded = output < 0
      try read(into: &bytes, limit: outputLimit, waiting: Self.pause)
      if let status = try collect() {
        try read(into: &bytes, limit: outputLimit, waiting: .zero)
        return (status, bytes)
      }
      guard ContinuousClock.now < deadline else { throw .timedOut(after: limit) }
    }
  }
}
