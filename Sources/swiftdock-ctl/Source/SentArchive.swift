internal import BuildContext
internal import CLinux
internal import EventLoop
internal import Glibc
internal import SwiftDockProtocol
internal import Synchronization

/// An archive that is passed to the broker as a descriptor: a file that is open already, or a pipe that is filled while
/// the broker reads, so that no archive is ever held in memory or on disk here.
final class SentArchive: Sendable {
  let format: SwiftDockProtocol.ArchiveFormat
  private let output: PassedDescriptor
  /// Fills the pipe whose other end is passed; nil where a file is.
  private let feed: Feed?
  /// The program that decompresses on the way, a child of this one.
  private let decompressor: pid_t?
  /// Of what is packed here.
  private let fault: Fault?

  /// Why the thread that fills the pipe left out the end of the archive.
  private final class Fault: Sendable {
    let error = Mutex<ContextError?>(nil)
  }

  private struct Feed: Sendable {
    let input: PassedDescriptor
    let write: @Sendable (Int32) -> Void
    /// An eventfd(2), readable once all is written.
    let ended: PassedDescriptor

    init(input: PassedDescriptor, write: @escaping @Sendable (Int32) -> Void) throws(ProgramError) {
      let ended = cl_eventfd()
      guard ended >= 0 else { throw .local("Cannot wait for a thread: \(LocalFile.text(of: errno)).") }
      self.input = input
      self.write = write
      self.ended = PassedDescriptor(owning: ended)
    }
  }

  /// What standard input holds. A file is passed itself; anything else goes through a pipe. Compressions that the broker
  /// does not know are taken off by the system's programs on the way.
  ///
  /// - Parameter head: what was read of it already, an archive's beginning.
  convenience init(standardInputAfter head: [UInt8]) throws(ProgramError) {
    let output: PassedDescriptor
    var feed: Feed?
    if let file = Self.rewound(0, by: head.count) {
      output = file
    } else {
      let pipe = try Self.pipe()
      output = pipe.output
      feed = try Feed(input: pipe.input) { input in
        if LocalFile.write(head[...], to: input) { Self.copy(0, to: input) }
      }
    }
    switch ArchiveSignature.form(head) {
    case .asItIs(let format): self.init(format, output, feed)
    case .through(let program):
      let (decompressed, decompressor) = try Self.start(program, on: output)
      self.init(.tar, decompressed, feed, decompressor: decompressor)
    }
  }

  /// A context of this machine, as it was measured.
  convenience init(packing snapshot: ContextSnapshot) throws(ProgramError) {
    let pipe = try Self.pipe()
    let fault = Fault()
    let feed = try Feed(input: pipe.input) { input in
      do throws(ContextTransferError<SendingStopped>) {
        try snapshot.writeTar { (bytes) throws(SendingStopped) in
          guard LocalFile.write(bytes, to: input) else { throw SendingStopped() }
        }
      } catch {
        // Without its end the archive is refused, and a broker that takes no more says itself why.
        if case .context(let error) = error { fault.error.withLock { $0 = error } }
      }
    }
    self.init(.tar, pipe.output, feed, fault: fault)
  }

  private init(
    _ format: SwiftDockProtocol.ArchiveFormat, _ output: PassedDescriptor, _ feed: Feed?,
    decompressor: pid_t? = nil, fault: Fault? = nil
  ) {
    self.format = format
    self.output = output
    self.feed = feed
    self.decompressor = decompressor
    self.fault = fault
  }

  private struct SendingStopped: Error {}

  /// To be sent with the request.
  var descriptor: Int32 { output.raw }

  /// The request was sent: begins to fill the pipe, on a thread that has the signal mask of this one.
  func begin() throws(ProgramError) {
    // The broker has its own now. While this one were open, the end of the broker's would not be noticed.
    output.close()
    guard let feed else { return }
    signal(SIGPIPE, SIG_IGN)
    let isRunning = startDetachedThread {
      feed.write(feed.input.raw)
      feed.input.close()
      cl_eventfd_signal(feed.ended.raw)
    }
    guard isRunning else { throw .local("Cannot start a thread: \(LocalFile.text(of: EAGAIN)).") }
  }

  /// Until everything is in the broker's hands, or it wants no more.
  func waitUntilSent() {
    if let feed {
      var entry = pollfd(fd: feed.ended.raw, events: Int16(POLLIN), revents: 0)
      while poll(&entry, 1, -1) < 0, errno == EINTR {}
    }
    // It writes on when its input has ended. Without this program, a terminal that closes would end it.
    if let decompressor { while waitpid(decompressor, nil, 0) < 0, errno == EINTR {} }
  }

  /// To be asked when the broker takes no more.
  /// - Throws: why a context that is packed here has no end.
  func checkEnd() throws(ContextError) {
    guard let fault else { return }
    waitUntilSent()
    if let error = fault.error.withLock({ $0 }) { throw error }
  }

  // MARK: -

  /// A copy of a regular file's descriptor, with its offset put back; nil for what has none.
  private static func rewound(_ descriptor: Int32, by count: Int) -> PassedDescriptor? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      lseek(descriptor, -off_t(count), SEEK_CUR) >= 0
    else { return nil }
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    return copy >= 0 ? PassedDescriptor(owning: copy) : nil
  }

  private static func pipe() throws(ProgramError) -> (output: PassedDescriptor, input: PassedDescriptor) {
    var ends: [Int32] = [-1, -1]
    guard cl_pipe(&ends) == 0 else { throw .local("Cannot make a pipe: \(LocalFile.text(of: errno)).") }
    // Programs at its ends, and the thread that fills it, wait.
    for end in ends { _ = fcntl(end, F_SETFL, 0) }
    return (PassedDescriptor(owning: ends[0]), PassedDescriptor(owning: ends[1]))
  }

  private static func copy(_ input: Int32, to output: Int32) {
    var chunk = [UInt8](repeating: 0, count: 256 << 10)
    while true {
      let count = chunk.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { Output.messages.line("Cannot read standard input: \(LocalFile.text(of: errno)).") }
      guard count > 0, LocalFile.write(chunk[..<count], to: output) else { return }
    }
  }

  /// Runs a program that writes to its standard output what it decompresses; its end is that of its output.
  private static func start(
    _ name: String, on input: PassedDescriptor
  ) throws(ProgramError) -> (output: PassedDescriptor, process: pid_t) {
    guard let path = LocalFile.program(name) else {
      throw .local("There is no \(name) on this machine, which is needed to decompress the archive.")
    }
    let pipe = try Self.pipe()
    var actions = posix_spawn_file_actions_t()
    guard posix_spawn_file_actions_init(&actions) == 0 else { throw .local("Cannot start \(name).") }
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input.raw, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, pipe.input.raw, STDOUT_FILENO)
    let arguments: [UnsafeMutablePointer<CChar>?] = [strdup(name), strdup("-dc"), nil]
    defer { for argument in arguments { free(argument) } }
    var id: pid_t = -1
    let error = posix_spawn(&id, path, &actions, nil, arguments, environ)
    guard error == 0 else { throw .local("Cannot start \(path): \(LocalFile.text(of: error)).") }
    input.close()
    pipe.input.close()
    return (pipe.output, id)
  }
}
