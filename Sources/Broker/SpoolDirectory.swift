internal import BuildContext
internal import DockerEngine
internal import Glibc
internal import Synchronization

/// Contexts on disk, those that wait for their turn and those that came as archives: each a file without a name, gone
/// when it is let go of.
final class SpoolDirectory: Sendable {
  private let path: String
  private let limit: Int64
  private let bytes = Mutex<Int64>(0)
  private let onShortage = Mutex<(@Sendable (_ missing: Int64) -> Bool)?>(nil)

  init(path: String, limit: Int64) {
    self.path = path
    self.limit = limit
  }

  /// - Parameter body: has spools go that can be spared, of so many bytes if there are; says whether any went. May block.
  func setOnShortage(_ body: @escaping @Sendable (_ missing: Int64) -> Bool) {
    onShortage.withLock { $0 = body }
  }

  /// Bytes of all spools.
  var used: Int64 { bytes.withLock { $0 } }

  /// Writes the context's tar, checked against its manifest. Blocks.
  ///
  /// - Returns: nil where there is no room, it was stopped, or the tree is not any more what was measured: then the context
  ///   is read from the tree when its turn has come, and checked then.
  func keep(_ snapshot: ContextSnapshot, isStopped: @escaping @Sendable () -> Bool) -> Spool? {
    let size = snapshot.tarSize
    // What writes the tar takes the contents that are held: whoever sends it after all would have to read them again.
    guard !isStopped(), reserve(size) else { return nil }
    guard let spool = Spool(in: self, size: size) else {
      give(back: size)
      return nil
    }
    do {
      try snapshot.writeTar(to: { (bytes) throws(SpoolError) in try spool.append(bytes) }, interrupted: isStopped)
      return spool
    } catch { return nil }
  }

  /// Room for so many bytes, until they are given back. False where there is none.
  func reserve(_ count: Int64) -> Bool {
    bytes.withLock { used in
      guard count <= limit - used else { return false }
      used += count
      return true
    }
  }

  /// As `reserve`, and in the place of spools that can be spared where there is no other. Blocks.
  func makeRoom(_ count: Int64) -> Bool {
    guard count <= limit, let onShortage = onShortage.withLock({ $0 }) else { return reserve(count) }
    while !reserve(count) {
      let missing = count - (limit - used)
      // Something may have been given back in between.
      guard missing <= 0 || onShortage(missing) else { return false }
    }
    return true
  }

  func give(back count: Int64) { bytes.withLock { $0 -= count } }

  /// A file without a name, for reading and writing: its descriptor, or -1 with `errno`.
  func makeFile() -> Int32 {
    let name = "\(path)/\(RandomID.make())"
    let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 { unlink(name) }
    return descriptor
  }
}

/// write(2) or pread(2) on a spool failed.
struct SpoolError: Error, Equatable {
  let errno: Int32
}

/// One tar on disk.
final class Spool: Sendable {
  let size: Int64
  private let descriptor: Int32
  private let directory: SpoolDirectory

  /// Takes over the room that was reserved for it; nil where no file can be made.
  init?(in directory: SpoolDirectory, size: Int64) {
    descriptor = directory.makeFile()
    guard descriptor >= 0 else { return nil }
    self.size = size
    self.directory = directory
  }

  deinit {
    close(descriptor)
    directory.give(back: size)
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(SpoolError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { throw SpoolError(errno: errno) }
    }
  }

  /// Hands all of the tar to the sink.
  func send(to sink: BodySink) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { buffer.deallocate() }
    var offset: Int64 = 0
    while offset < size {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
      guard count > 0 else {
        if count < 0, errno == EINTR { continue }
        throw SpoolError(errno: count < 0 ? errno : EIO)
      }
      try sink(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      offset += Int64(count)
    }
  }
}
