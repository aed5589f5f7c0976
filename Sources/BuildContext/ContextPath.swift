/// Paths of a context: bytes, relative, components divided by single slashes, none of them `.` or `..`.
package enum ContextPath {
  /// As in a manifest (Protocol/digest.md): visible ASCII but `\` as it is, any other byte as `\x` and two digits.
  package static func escaped(_ path: some Sequence<UInt8>) -> String {
    String(decoding: ManifestLine.escaped(Array(path)), as: UTF8.self)
  }

  /// For errors.
  static func text(_ path: some Sequence<UInt8>) -> String {
    let bytes = Array(path)
    if bytes.isEmpty { return "." }
    return String(validating: bytes, as: UTF8.self) ?? String(decoding: ManifestLine.escaped(bytes), as: UTF8.self)
  }

  /// For system calls: the path with a NUL behind it, valid during the call of `body`. One that holds a NUL itself ends
  /// there.
  static func withTerminated<Result>(_ path: ArraySlice<UInt8>, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: path.count + 1) { characters in
      path.withUnsafeBytes { UnsafeMutableRawBufferPointer(characters).copyMemory(from: $0) }
      characters[path.count] = 0
      return characters.baseAddress.map { body($0) } ?? body("")
    }
  }
}
