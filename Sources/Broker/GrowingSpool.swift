internal import BuildContext
internal import Glibc
internal import Synchronization

/// The contents of an archive on disk: a file without a name that is as long as what has arrived, gone when it is let go
/// of. Its bytes count among those of the directory.
final class GrowingSpool: ContentStore {
  private let descriptor: Int32
  private let directory: SpoolDirectory
  private let size = Mutex<Int64>(0)

  init(in directory: SpoolDirectory) throws(ContentStoreError) {
    descriptor = directory.makeFile()
    guard descriptor >= 0 else { throw ContentStoreError(errno: errno) }
    self.directory = directory
  }

  deinit {
    close(descriptor)
    directory.give(back: bytes)
  }

  /// On disk.
  var bytes: Int64 { size.withLock { $0 } }

  func append(_ bytes: UnsafeRawBufferPointer) throws(ContentStoreError) {
    guard directory.makeRoom(Int64(bytes.count)) else { throw ContentStoreError(errno: EDQUOT, isQuota: true) }
    size.withLock { $0 += Int64(bytes.count) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { throw ContentStoreError(errno: errno) }
    }
  }

  func read(
    at position: Int64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(ContentStoreError) -> Int {
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(position))
      if count >= 0 { return count }
      guard errno == EINTR else { throw ContentStoreError(errno: errno) }
    }
  }
}
