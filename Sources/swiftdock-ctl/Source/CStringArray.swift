internal import Glibc

/// Strings as the calls that start programs take them.
enum CStringArray {
  /// The pointers, and the NULL after them, live as long as the call.
  static func with<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("an array that holds nil at least") }
      return body(start)
    }
  }
}
