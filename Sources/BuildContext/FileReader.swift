internal import CLinux
internal import Glibc

/// Measures the contents of open regular files, all through one buffer.
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

  /// The digest of exactly `size` bytes.
  /// - Parameter copy: if there, set to those bytes.
  /// - Throws: `changed` if there are fewer.
  mutating func digest(
    of descriptor: Int32, size: Int64, path: ArraySlice<UInt8>, copy: inout [UInt8]?, interrupted: () -> Bool
  ) throws(ContextError) -> ContextDigest {
    hash.restart()
    copy?.removeAll(keepingCapacity: true)
    var left = size
    while left > 0 {
      if interrupted() { throw .interrupted }
      let count = Int(min(left, Int64(buffer.count)))
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
      let length = try Self.read(descriptor, into: piece, path: path)
      let bytes = UnsafeRawBufferPointer(rebasing: piece[..<length])
      hash.update(bytes)
      copy?.append(contentsOf: bytes)
      left -= Int64(length)
    }
    return try hash.finish()
  }

  /// One read(2) of at least a byte.
  /// - Throws: `changed` at the end of the file.
  static func read(
    _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, path: some Sequence<UInt8>
  ) throws(ContextError) -> Int {
    while true {
      let length = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if length > 0 { return length }
      if length == 0 { throw .changed(path: ContextPath.text(path)) }
      let error = SystemError.current
      if error.errno != EINTR { throw error.at(path) }
    }
  }

  /// The value of `security.capability`, portable; nothing if there is none.
  static func capability(of descriptor: Int32, path: some Sequence<UInt8>) throws(ContextError) -> [UInt8] {
    var value = [UInt8](repeating: 0, count: 64)
    let length = cl_file_capability(descriptor, &value, value.count)
    guard length >= 0 else { throw SystemError.current.at(path) }
    value.removeSubrange(length...)
    return FileCapability.portable(value)
  }
}
