/// Paths as text: nothing here looks at a filesystem.
package enum LexicalPath {
  package static let slash = UInt8(ascii: "/")

  /// The shortest equal path, by the rules of Go's `filepath.Clean` on Unix, which builders apply to every path and
  /// pattern: no empty or `.` components, `..` taken together with the component before it, none at the start of an
  /// absolute path, no `/` at the end. An empty path is `.`.
  package static func clean(_ path: [UInt8]) -> [UInt8] {
    let isAbsolute = path.first == slash
    var components: [ArraySlice<UInt8>] = []
    for component in path.split(separator: slash) {
      switch component {
      case [UInt8(ascii: ".")]:
        continue
      case [UInt8(ascii: "."), UInt8(ascii: ".")]:
        if let last = components.last, last != component {
          components.removeLast()
        } else if !isAbsolute {
          components.append(component)
        }
      default:
        components.append(component)
      }
    }
    let cleaned = Array(components.joined(separator: CollectionOfOne(slash)))
    if isAbsolute { return [slash] + cleaned }
    return cleaned.isEmpty ? [UInt8(ascii: ".")] : cleaned
  }
}
