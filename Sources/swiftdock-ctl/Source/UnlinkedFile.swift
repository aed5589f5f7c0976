internal import BuildContext
internal import Glibc

/// A file without a name below `TMPDIR` or `/tmp`, which is gone when this program is, however it ends.
final class UnlinkedFile: ContentStore {
  private let descriptor: Int32

  init() throws(ProgramError) {
    let directory = LocalFile.environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var template = Array("\(directory)/swiftdock-XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0, unlink(template) == 0, fcntl(descriptor, F_SETFL, O_APPEND) == 0 else {
      throw .local("Cannot make a file in \(directory): \(LocalFile.text(of: errno)).")
    }
  }

  deinit { close(descriptor) }

  func append(_ bytes: UnsafeRawBufferPointer) throws(ContentStoreError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = write(descriptor, rest.baseAddress, rest.count)
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno != EINTR {
        throw ContentStoreError(errno: errno)
      }
    }
  }

  func read(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(ContentStoreError) -> Int {
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(position))
      if count >= 0 { return count }
      if errno != EINTR { throw ContentStoreError(errno: errno) }
    }
  }
}
