internal import Glibc

/// One run of a program that is asked something: it finds the question on its standard input and answers on its
/// standard output. Its standard error is this process's own; it stays in its session and group too, so that it can ask
/// the user on the terminal and ends when the user interrupts there. Killed at the end of this value at the latest.
struct HelperRun: ~Copyable {
  /// Nothing wakes for the end of a program that has closed its output before, or has left it open with another one;
  /// for those it is looked every so often whether the end has come.
  private static let pause: Duration = .milliseconds(10)

  private let id: pid_t
  /// The reading end of its standard output, non-blocking; -1 once that has ended.
  private var output: Int32
  private var isCollected = false

  /// - Parameter input: at most `PIPE_BUF` (4,096) bytes, for which an empty pipe always has room.
  init(
    _ path: String, arguments: [String], environment: [String: String], input: [UInt8]
  ) throws(HelperFailure) {
    guard input.count <= Int(PIPE_BUF) else { throw .system(call: "write", errno: EMSGSIZE) }
    let question = try Self.pipe()
    defer { close(question.read) }
    // Written while this process holds the other end, so that there is always a reader.
    let count = write(question.write, input, input.count)
    let writeError = errno
    close(question.write)
    guard count == input.count else { throw .system(call: "write", errno: writeError) }
    let answer = try Self.pipe()
    defer { close(answer.write) }
    do throws(HelperFailure) {
      guard fcntl(answer.read, F_SETFL, O_NONBLOCK) == 0 else { throw .system(call: "fcntl", errno: errno) }
      id = try Self.spawn(path, arguments, environment, input: question.read, output: answer.write)
    } catch {
      close(answer.read)
      throw error
    }
    output = answer.read
  }

  deinit {
    if output >= 0 { close(output) }
    guard !isCollected else { return }
    kill(id, SIGKILL)
    while waitpid(id, nil, 0) < 0, errno == EINTR {}
  }

  /// Waits for the program's end, which ends its answer too.
  mutating func finish(
    within limit: Duration, outputLimit: Int
  ) throws(HelperFailure) -> (status: Int32, output: [UInt8]) {
    let deadline = ContinuousClock.now + limit
    var bytes: [UInt8] = []
    while true {
      waitForOutput()
      try read(into: &bytes, limit: outputLimit)
      if let status = try collect() {
        try read(into: &bytes, limit: outputLimit)  // What came after the last look.
        return (status, bytes)
      }
      guard ContinuousClock.now < deadline else { throw .timedOut(after: limit) }
    }
  }

  /// Returns when there is output, or its end, or after a pause.
  private func waitForOutput() {
    // poll(2) passes over negative descriptors.
    var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    _ = poll(&entry, 1, Int32(Self.pause / .milliseconds(1)))
  }

  /// Reads all that is there.
  private mutating func read(into bytes: inout [UInt8], limit: Int) throws(HelperFailure) {
    var chunk = [UInt8](repeating: 0, count: 4096)
    while output >= 0 {
      let count = Glibc.read(output, &chunk, chunk.count)
      switch count {
      case 1...:
        guard bytes.count + count <= limit else { throw .tooMuchOutput(limit: limit) }
        bytes += chunk[..<count]
      case 0:
        close(output)
        output = -1
      case _ where errno == EINTR: continue
      case _ where errno == EAGAIN: return
      default: throw .system(call: "read", errno: errno)
      }
    }
  }

  /// The status that it gave to exit(3); nil while it runs.
  private mutating func collect() throws(HelperFailure) -> Int32? {
    var status: Int32 = 0
    let found = waitpid(id, &status, WNOHANG)
    if found == 0 || found < 0 && errno == EINTR { return nil }
    isCollected = true
    guard found == id else { throw .system(call: "waitpid", errno: errno) }
    let signal = status & 0x7F
    guard signal == 0 else { throw .killed(signal: signal) }
    return status >> 8 & 0xFF
  }

  private static func pipe() throws(HelperFailure) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw .system(call: "pipe", errno: errno) }
    // Fails for bad descriptors only. Glibc's module has no pipe2(2); a program that another thread starts in between
    // keeps an end open, so that the end of the answer is known by that of its program too.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String: String], input: Int32, output: Int32
  ) throws(HelperFailure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    var error = posix_spawn_file_actions_init(&actions)
    guard error == 0 else { throw .system(call: "posix_spawn_file_actions_init", errno: error) }
    defer { posix_spawn_file_actions_destroy(&actions) }
    error = posix_spawnattr_init(&attributes)
    guard error == 0 else { throw .system(call: "posix_spawnattr_init", errno: error) }
    defer { posix_spawnattr_destroy(&attributes) }
    var blocked = sigset_t()
    sigemptyset(&blocked)
    var handled = sigset_t()
    sigemptyset(&handled)
    for signal in [SIGPIPE, SIGINT, SIGTERM] { sigaddset(&handled, signal) }
    for step in [
      posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO),
      posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO),
      posix_spawnattr_setsigmask(&attributes, &blocked),
      posix_spawnattr_setsigdefault(&attributes, &handled),
      posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)),
    ] where step != 0 {
      throw .system(call: "posix_spawn", errno: step)
    }
    let words = arguments.map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var id: pid_t = -1
    error = posix_spawn(&id, path, &actions, &attributes, words, variables)
    guard error == 0 else { throw .system(call: "posix_spawn", errno: error) }
    return id
  }
}
