internal import CLinux
internal import Glibc

/// An exclusive flock(2) lock on a file, held as long as this value: it ends with the process, however that ends.
package struct FileLock: ~Copyable {
  private let descriptor: Int32

  /// Makes the file (0600) where it is missing; it stays when the lock ends.
  ///
  /// - Throws: EWOULDBLOCK where somebody else holds the lock.
  package init(path: String) throws(SystemError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw SystemError(call: "open", code: errno) }
    guard cl_lock_exclusively(descriptor) == 0 else {
      let code = errno
      close(descriptor)
      throw SystemError(call: "flock", code: code)
    }
  }

  deinit { close(descriptor) }
}
