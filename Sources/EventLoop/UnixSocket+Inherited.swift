internal import CLinux
internal import Glibc

/// Sockets that the process was started with.
extension UnixSocket {
  /// The absolute path on which a descriptor listens.
  ///
  /// - Throws: EPROTOTYPE for anything but a listening Unix stream socket, EADDRNOTAVAIL for one without a path; ENOTSOCK
  ///   and EBADF.
  package static func path(ofListener descriptor: Int32) throws(SystemError) -> String {
    var bytes = [UInt8](repeating: 0, count: pathLimit + 1)
    let length = bytes.withUnsafeMutableBytes { cl_listener_path(descriptor, $0.baseAddress, $0.count) }
    guard length >= 0 else { throw SystemError(call: "getsockopt", code: errno) }
    return String(decoding: bytes[..<length], as: UTF8.self)
  }

  /// Makes it non-blocking and close-on-exec, as those are that this process makes.
  package borrowing func becomeOwn() throws(SystemError) {
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0,
      fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
    else { throw SystemError(call: "fcntl", code: errno) }
  }
}
