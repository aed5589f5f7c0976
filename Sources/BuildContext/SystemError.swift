internal import Glibc

/// The `errno` of a call that failed.
struct SystemError: Error, Equatable {
  let errno: Int32

  static var current: SystemError { SystemError(errno: Glibc.errno) }

  /// Whether it says that a name which was just listed is gone or has become something else. `EXDEV` is what openat2(2)
  /// says of a directory that is moved out of the root while it is opened.
  var meansChanged: Bool {
    switch errno {
    case ENOENT, ENOTDIR, EISDIR, ELOOP, ENXIO, ESTALE, EXDEV: true
    default: false
    }
  }

  func at(_ path: some Sequence<UInt8>) -> ContextError {
    let path = ContextPath.text(path)
    return meansChanged ? .changed(path: path) : .unreadable(path: path, errno: errno)
  }
}
