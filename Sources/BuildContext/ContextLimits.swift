/// How much a context may hold.
package struct ContextLimits: Sendable, Equatable {
  /// Entries that are sent; also the names that any directory on the way may hold.
  package var entries: Int
  /// Bytes of file contents.
  package var bytes: Int64
  /// Bytes that the names of an archive's members and the targets of its symbolic links take in memory together.
  package var names: Int

  package init(entries: Int = .max, bytes: Int64 = .max, names: Int = .max) {
    self.entries = entries
    self.bytes = bytes
    self.names = names
  }

  package static let unlimited = ContextLimits()
  /// Of a Dockerfile, in bytes.
  static let dockerfile = 1 << 20
  /// Of a Dockerfile that is given as text, in bytes.
  static let dockerfileText = 256 << 10
  /// Of an ignore file, in bytes.
  static let ignoreFile = 1 << 20
  /// Of a path in a context, in bytes: PATH_MAX less the NUL. No engine could unpack a longer one.
  static let path = 4095
}
