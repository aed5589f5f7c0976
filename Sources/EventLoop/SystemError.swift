internal import CLinux
internal import Glibc

/// A system call that failed, with its errno.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  package let call: String
  package let code: Int32

  package init(call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  package var description: String { "\(call): \(Errno.text(code))" }
}

/// What errno(3) says about a number.
package enum Errno {
  /// For people: `No such file or directory`.
  package static func text(_ code: Int32) -> String { String(cString: strerror(code)) }

  /// For programs to compare: `ENOENT`; the number itself where it is no error.
  package static func name(_ code: Int32) -> String { cl_errno_name(code).map { String(cString: $0) } ?? String(code) }
}
