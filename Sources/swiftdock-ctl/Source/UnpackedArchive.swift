internal import CLinux
internal import Glibc

/// The tree of an archive that came on standard input, unpacked by the system's `tar`, which knows compressions that
/// this program does not. It is there as long as this value.
///
/// While one is made and held, SIGINT, SIGTERM, SIGHUP and SIGPIPE do not end the program.
struct UnpackedArchive: ~Copyable {
  /// Absolute, without symbolic links.
  let directory: String
  private let base: PrivateDirectory

  /// - Parameters:
  ///   - head: what was read already.
  ///   - input: the rest.
  init(head: [UInt8], input: Int32) throws(ProgramError) {
    guard let tar = LocalFile.program("tar") else {
      throw .local("There is no tar on this machine, which is needed to unpack a context from standard input.")
    }
    let signals = try Interrupts(.allThatLeaveTraces)
    let base = try PrivateDirectory()
    let spool = base.path + "/archive"
    let directory = base.path + "/context"
    try Self.spool(head, input, to: spool, signals)
    guard mkdir(directory, 0o700) == 0 else {
      throw .local("Cannot make \(directory): \(LocalFile.text(of: errno)).")
    }
    try Self.unpack(spool, into: directory, with: tar, messages: base.path + "/messages", signals)
    // The half of the space that is not needed any more.
    unlink(spool)
    self.directory = directory
    self.base = base
  }

  private static func spool(
    _ head: [UInt8], _ input: Int32, to path: String, _ signals: borrowing Interrupts
  ) throws(ProgramError) {
    let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw .local("Cannot make \(path): \(LocalFile.text(of: errno)).") }
    defer { close(output) }
    try write(head[...], to: output, path)
    var chunk = [UInt8](repeating: 0, count: 256 << 10)
    while true {
      guard try signals.wait(orFor: input) else { throw .interrupted }
      let count = chunk.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
      if count == 0 { return }
      guard count > 0 || errno == EINTR || errno == EAGAIN else {
        throw .local("Cannot read standard input: \(LocalFile.text(of: errno)).")
      }
      if count > 0 { try write(chunk[..<count], to: output, path) }
    }
  }

  private static func write(_ bytes: ArraySlice<UInt8>, to output: Int32, _ path: String) throws(ProgramError) {
    guard LocalFile.write(bytes, to: output) else {
      throw .local("Cannot write \(path): \(LocalFile.text(of: errno)).\nChoose another place with: TMPDIR=DIR")
    }
  }

  private static func unpack(
    _ archive: String, into directory: String, with tar: String, messages: String, _ signals: borrowing Interrupts
  ) throws(ProgramError) {
    // Owners are root's in every context anyway; modes are the archive's, whatever the umask.
    let ended = try ToolRun.run(
      tar, ["tar", "-x", "-p", "-o", "-f", archive, "-C", directory], messages: messages, signals)
    guard ended.code != 0 else { return }
    let said = LocalFile.read(messages, limit: messageLimit).map { String(decoding: $0, as: UTF8.self) } ?? ""
    throw .local("tar could not unpack what came on standard input.\n\(said)".trimmed)
  }

  private static let messageLimit = 1 << 20
}

extension String {
  /// Without line ends at its end.
  fileprivate var trimmed: String {
    var text = self[...]
    while text.last?.isNewline == true { text.removeLast() }
    return String(text)
  }
}
