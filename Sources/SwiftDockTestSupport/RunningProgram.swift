internal import CLinux
internal import Glibc

/// A program run beside the test: what it writes is read whenever the test waits for something, and it is killed with
/// this object at the latest. It gets no signal blocked or ignored, and only the environment that is given here. For one
/// thread.
package final class RunningProgram {
  package enum Input {
    /// The end of input at once.
    case none
    case file(String)
    /// Open until `closeInput`.
    case open
  }

  package enum Stream: Int, Sendable { case output, errors }

  package enum Exit: Equatable, Sendable {
    case code(Int32)
    case signal(Int32)
  }

  package struct Result: Sendable {
    package let exit: Exit
    package let output: String
    package let errors: String
  }

  /// After which a wait fails, so that a broken test ends.
  package static let guardTime: Duration = .seconds(60)
  /// Enough for a program that writes while the test waits for something else.
  private static let pipeCapacity: Int32 = 1 << 20
  private static let setPipeCapacity: Int32 = 1031  // F_SETPIPE_SZ, fcntl(2)

  package let pid: Int32
  private let name: String
  private let process: Int32
  /// Output and errors; -1 once ended.
  private var pipes: [Int32]
  private var input: Int32
  private var received: [[UInt8]] = [[], []]
  /// Set once the process is collected.
  private var exit: Exit?

  /// - Parameters:
  ///   - arguments: the first is the program, looked for in `PATH` where it holds no slash.
  ///   - environment: in addition to `PATH`.
  package init(
    _ arguments: [String], environment: [String: String] = [:], input: Input = .none
  ) throws {
    name = arguments.joined(separator: " ")
    let output = try Self.pipe()
    let errors = try Self.pipe()
    let inputs: (read: Int32, write: Int32)
    switch input {
    case .none: inputs = (open("/dev/null", O_RDONLY | O_CLOEXEC), -1)
    case .file(let path): inputs = (open(path, O_RDONLY | O_CLOEXEC), -1)
    case .open: inputs = try Self.pipe()
    }
    guard inputs.read >= 0 else { throw ProgramFailure("\(name): cannot open its input: errno \(errno)") }
    defer { for descriptor in [output.write, errors.write, inputs.read] { close(descriptor) } }
    var variables = environment
    variables["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    pid = try Self.spawn(
      arguments, variables.map { "\($0)=\($1)" }, [inputs.read, output.write, errors.write])
    process = cl_pidfd_open(pid)
    guard process >= 0 else { throw ProgramFailure("pidfd_open: errno \(errno)") }
    pipes = [output.read, errors.read]
    self.input = inputs.write
    for descriptor in pipes { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
  }

  deinit {
    if exit == nil {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
    for descriptor in pipes + [input, process] where descriptor >= 0 { close(descriptor) }
  }

  // MARK: What it says

  package var output: String { text(.output) }
  package var errors: String { text(.errors) }
  package var hasEnded: Bool { readWhatIsThere(waiting: .zero) }

  package func text(_ stream: Stream) -> String { String(decoding: received[stream.rawValue], as: UTF8.self) }

  /// Reads until the stream holds `text`.
  /// - Throws: where it has not come in time, or the program has ended without it.
  package func wait(for text: String, in stream: Stream, within limit: Duration = guardTime) throws {
    try wait("“\(text)”", within: limit) { [self] in Self.holds(received[stream.rawValue], Array(text.utf8)) }
  }

  /// - Parameter what: is named in the failure.
  package func wait(_ what: String, within limit: Duration = guardTime, until condition: () -> Bool) throws {
    let deadline = ContinuousClock.now + limit
    while !condition() {
      let left = deadline - .now
      guard left > .zero else { throw ProgramFailure("\(name): no \(what) within \(limit): \(said)") }
      if readWhatIsThere(waiting: left), !condition() {
        throw ProgramFailure("\(name): ended without \(what): \(said)")
      }
    }
  }

  // MARK: Its end

  package func signal(_ number: Int32) { kill(pid, number) }

  /// Writes a line to an open input.
  package func send(line: String) throws {
    let bytes = Array("\(line)\n".utf8)
    guard write(input, bytes, bytes.count) == bytes.count else {
      throw ProgramFailure("\(name): write: errno \(errno)")
    }
  }

  package func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  /// Waits for its end. It is killed where that does not come in time.
  @discardableResult
  package func finish(within limit: Duration = guardTime) throws -> Result {
    let deadline = ContinuousClock.now + limit
    while !readWhatIsThere(waiting: max(.zero, deadline - .now)) {
      guard ContinuousClock.now < deadline else {
        kill(pid, SIGKILL)
        throw ProgramFailure("\(name): still runs after \(limit): \(said)")
      }
    }
    return Result(exit: try collect(), output: output, errors: errors)
  }

  private func collect() throws -> Exit {
    if let exit { return exit }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      guard errno == EINTR else { throw ProgramFailure("waitpid: errno \(errno)") }
    }
    let signal = status & 0x7F
    let exit: Exit = signal == 0 ? .code(status >> 8 & 0xFF) : .signal(signal)
    self.exit = exit
    return exit
  }

  private var said: String { "exit \(exit.map { "\($0)" } ?? "none")\n\(output)\n\(errors)" }

  // MARK: Reading

  /// Waits until there is something to read or the process has ended, and reads all there is. Whether it has ended.
  private func readWhatIsThere(waiting limit: Duration) -> Bool {
    if exit != nil { return true }
    var entries = (pipes + [process]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let (seconds, attoseconds) = limit.components
    let milliseconds = Int32(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
    _ = poll(&entries, nfds_t(entries.count), limit == .zero ? 0 : milliseconds)
    let hasEnded = entries[2].revents != 0
    for index in pipes.indices { drain(index) }
    return hasEnded
  }

  private func drain(_ index: Int) {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while pipes[index] >= 0 {
      let count = read(pipes[index], &chunk, chunk.count)
      if count > 0 {
        received[index] += chunk[..<count]
      } else if count == 0 {
        close(pipes[index])
        pipes[index] = -1
      } else if errno != EINTR {
        return
      }
    }
  }

  private static func holds(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
    guard let first = wanted.first else { return true }
    return bytes.indices.contains { bytes[$0] == first && bytes[$0...].starts(with: wanted) }
  }

  // MARK: Starting

  private static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw ProgramFailure("pipe: errno \(errno)") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], setPipeCapacity, pipeCapacity)
    return (ends[0], ends[1])
  }

  private static func spawn(
    _ arguments: [String], _ environment: [String], _ streams: [Int32]
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, descriptor) in streams.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var pid: pid_t = 0
    let words = arguments.map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for text in words + variables { free(text) } }
    let error = posix_spawnp(&pid, arguments.first ?? "", &actions, &attributes, words, variables)
    guard error == 0 else { throw ProgramFailure("\(arguments.joined(separator: " ")): errno \(error)") }
    return pid
  }
}

extension RunningProgram {
  /// Runs a program to its end.
  package static func run(
    _ arguments: [String], environment: [String: String] = [:], input: Input = .none,
    within limit: Duration = guardTime
  ) throws -> Result {
    try RunningProgram(arguments, environment: environment, input: input).finish(within: limit)
  }

  /// What a program that has to succeed writes.
  @discardableResult
  package static func output(
    of arguments: [String], environment: [String: String] = [:], input: Input = .none,
    within limit: Duration = guardTime
  ) throws -> String {
    let result = try run(
      arguments, environment: environment, input: input, within: limit)
    guard result.exit == .code(0) else {
      throw ProgramFailure("\(arguments.joined(separator: " ")): \(result.exit)\n\(result.output)\n\(result.errors)")
    }
    return result.output
  }

  /// Whether there is a program of that name.
  package static func exists(_ name: String) -> Bool {
    let result = try? run(["sh", "-c", "command -v \"$1\"", "sh", name])
    return result?.exit == .code(0)
  }
}

/// A program, or a peer, has not done what the test counts on.
package struct ProgramFailure: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
