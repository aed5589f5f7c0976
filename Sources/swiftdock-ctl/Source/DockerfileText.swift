internal import Glibc
internal import SwiftDockProtocol

/// A Dockerfile that is sent as text, since the context does not hold it.
struct DockerfileText: Equatable {
  let text: String
  /// Where it came from, for people.
  let origin: String

  static let standardInput = "standard input"

  /// - Parameter bytes: of which more than the broker takes need not be there.
  init(_ bytes: [UInt8], from origin: String) throws(ProgramError) {
    let limit = ContextFiles.dockerfileTextLimit
    guard !bytes.isEmpty else { throw .local("The Dockerfile from \(origin) is empty.") }
    guard bytes.count <= limit else {
      throw .local(
        "The Dockerfile from \(origin) is larger than \(ByteCount.text(limit)).\n"
          + "One that is a file in the context may be larger: -f PATH")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .local(
        "The Dockerfile from \(origin) is not UTF-8.\nOne that is a file in the context may be anything: -f PATH")
    }
    self.text = text
    self.origin = origin
  }

  /// - Parameter head: what was read already.
  init(standardInputAfter head: [UInt8]) throws(ProgramError) {
    try self.init(try head + Self.read(0, upTo: Self.readLimit - head.count), from: Self.standardInput)
  }

  init(file: String) throws(ProgramError) {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .local("Cannot read \(file): \(LocalFile.text(of: errno)).") }
    defer { close(descriptor) }
    try self.init(try Self.read(descriptor, upTo: Self.readLimit), from: file)
  }

  /// One more byte shows that it is too large.
  private static let readLimit = ContextFiles.dockerfileTextLimit + 1

  /// Reads until there are `count` bytes or no more.
  static func read(_ descriptor: Int32, upTo count: Int) throws(ProgramError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(count, 64 << 10))
    while bytes.count < count {
      let wanted = min(chunk.count, count - bytes.count)
      let got = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, wanted) }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw .local("Cannot read the Dockerfile: \(LocalFile.text(of: errno)).") }
      guard got > 0 else { return bytes }
      bytes += chunk[..<got]
    }
    return bytes
  }
}
