internal import Glibc

enum SymbolicLink {
  /// - Parameter path: for errors.
  static func target(
    of name: ArraySlice<UInt8>, in directory: Int32, path: some Sequence<UInt8>
  ) throws(ContextError) -> [UInt8] {
    // Linux limits targets to PATH_MAX - 1 bytes; one that fills the buffer was cut.
    var buffer = [CChar](repeating: 0, count: ContextLimits.path + 1)
    let length = ContextPath.withTerminated(name) { readlinkat(directory, $0, &buffer, buffer.count) }
    guard length >= 0 else {
      let error = SystemError.current
      // EINVAL says that it is no link (any more).
      throw error.errno == EINVAL ? .changed(path: ContextPath.text(path)) : error.at(path)
    }
    guard length < buffer.count else { throw .unreadable(path: ContextPath.text(path), errno: ENAMETOOLONG) }
    return buffer[..<length].map { UInt8(bitPattern: $0) }
  }
}
