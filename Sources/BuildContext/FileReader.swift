internal import CLinux
internal import Glibc

/// Measures the contents of open regular files, through one buffer for all or in memory that is given.
struct FileReader: ~Copyable {
  static let bufferSize = 256 * 1024

  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 4096)
  private var hash: SHA256

  init() throws(ContextError) {
    hash = try SHA256()
  }

  deinit {
    buffer.deallocate()
  }

  /// The digest of exactly `size` bytes from where the descriptor stands.
  mutating func digest(
    of descriptor: Int32, size: Int64, interrupted: () -> Bool
  ) throws(Failure) -> ContextDigest {
    hash.restart()
    var left = size
    while left > 0 {
      if interrupted() { throw .interrupted }
      let count = Int(min(left, Int64(buffer.count)))
      left -= Int64(try measure(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])))
    }
    return try finish()
  }

  /// As above, of as many bytes as there is memory for, which gets them.
  mutating func digest(
    of descriptor: Int32, into memory: UnsafeMutableRawBufferPointer, interrupted: () -> Bool
  ) throws(Failure) -> ContextDigest {
    hash.restart()
    var count = 0
    while count < memory.count {
      if interrupted() { throw .interrupted }
      count += try measure(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
    }
    return try finish()
  }

  /// More than small files have.
  static let earlyLimit = 32 * 1024

  /// Reads a file of which is not known that it is one, from its beginning to its end. The descriptor stays where it
  /// stands, and nothing is taken out of a fifo, which has no beginning.
  /// - Returns: how many bytes it has; nil where they are too many, or cannot be read.
  mutating func readEarly(_ descriptor: Int32) -> Int? {
    let length = pread(descriptor, buffer.baseAddress, Self.earlyLimit, 0)
    return length >= 0 && length < Self.earlyLimit ? length : nil
  }

  /// The digest of what was read last, and early.
  /// - Parameters:
  ///   - count: what `readEarly` has returned.
  ///   - memory: gets the bytes as well.
  mutating func earlyDigest(count: Int, into memory: UnsafeMutableRawBufferPointer?) throws(Failure) -> ContextDigest {
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
    memory?.copyMemory(from: bytes)
    hash.restart()
    hash.update(bytes)
    return try finish()
  }

  private mutating func measure(
    _ descriptor: Int32, into memory: UnsafeMutableRawBufferPointer
  ) throws(Failure) -> Int {
    let length = try Self.read(descriptor, into: memory)
    hash.update(UnsafeRawBufferPointer(rebasing: memory[..<length]))
    return length
  }

  private mutating func finish() throws(Failure) -> ContextDigest {
    do throws(ContextError) { return try hash.finish() } catch { throw .digestUnavailable }
  }

  /// One read(2) of at least a byte.
  static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    while true {
      let length = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if length > 0 { return length }
      if length == 0 { throw .ended }
      let error = SystemError.current
      if error.errno != EINTR { throw .system(error) }
    }
  }

  /// Opens a file that is no symbolic link, without waiting for the writer of a fifo.
  static func open(_ name: ArraySlice<UInt8>, in directory: Int32) throws(Failure) -> OwnedDescriptor {
    try owned(ContextPath.withTerminated(name) { open($0, in: directory) })
  }

  /// As above, of a leaf that is visited.
  static func open(_ place: TreePlace, in directory: Int32) throws(Failure) -> OwnedDescriptor {
    try owned(place.withName { open($0, in: directory) })
  }

  private static func open(_ name: UnsafePointer<CChar>, in directory: Int32) -> Int32 {
    openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
  }

  private static func owned(_ raw: Int32) throws(Failure) -> OwnedDescriptor {
    guard raw >= 0 else { throw .system(.current) }
    return OwnedDescriptor(owning: raw)
  }

  static func rewind(_ descriptor: Int32) throws(Failure) {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .system(.current) }
  }

  /// The value of `security.capability`, portable; nothing if there is none.
  static func capability(of descriptor: Int32) throws(Failure) -> [UInt8] {
    var value: [UInt8] = []
    let error = withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { bytes in
      let length = cl_file_capability(descriptor, bytes.baseAddress, bytes.count)
      guard length >= 0 else { return SystemError?.some(.current) }
      if length > 0 { value = Array(bytes[..<length]) }
      return nil
    }
    if let error { throw .system(error) }
    return FileCapability.portable(value)
  }
}

extension FileReader {
  /// Why a file was not read, without its name.
  enum Failure: Error, Equatable {
    /// It has fewer bytes than it should have.
    case ended
    /// It became another while it was read: twice, or one that cannot stand in its place.
    case changed
    /// It has become larger than anything that is sent.
    case tooLarge(limitBytes: Int64)
    case interrupted
    case system(SystemError)
    case digestUnavailable

    func at(_ path: some Sequence<UInt8>) -> ContextError {
      switch self {
      case .ended, .changed: .changed(path: ContextPath.text(path))
      case .tooLarge(let limit): .tooLarge(limitBytes: limit)
      case .interrupted: .interrupted
      case .system(let error): error.at(path)
      case .digestUnavailable: .digestUnavailable
      }
    }
  }
}
