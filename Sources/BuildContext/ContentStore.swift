/// Where the contents of the files of one archive are kept, one behind another: a file without a name, for instance.
package protocol ContentStore: Sendable {
  /// Puts all the bytes behind those that are there.
  func append(_ bytes: UnsafeRawBufferPointer) throws(ContentStoreError)

  /// Reads from a position, where 0 is the first byte that was ever appended. May be called from any thread once the
  /// archive has been received.
  /// - Returns: how many bytes were read; at least one, unless the position is the end or the buffer is empty.
  func read(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(ContentStoreError) -> Int
}

package struct ContentStoreError: Error, Hashable, Sendable {
  package let errno: Int32
  /// Whether the store's owner gave it no more room, whatever the file system still has.
  package let isQuota: Bool

  package init(errno: Int32, isQuota: Bool = false) {
    self.errno = errno
    self.isQuota = isQuota
  }
}
