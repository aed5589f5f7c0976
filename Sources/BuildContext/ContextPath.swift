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

  /// For system calls: with a NUL behind it.
  static func terminated(_ path: some Collection<UInt8>) -> [CChar] {
    var result: [CChar] = []
    result.reserveCapacity(path.count + 1)
    result.append(contentsOf: path.lazy.map { CChar(bitPattern: $0) })
    result.append(0)
    return result
  }
}
