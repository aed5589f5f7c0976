/// One line of a manifest that was kept, without its LF.
struct ManifestEntry: Equatable {
  private let line: [UInt8]
  /// Where its fields begin and end: TYPE MODE SIZE VALUE CAPABILITY PATH.
  private let fields: [Range<Int>]

  /// nil where it has not six fields.
  init?(_ line: [UInt8]) {
    var fields: [Range<Int>] = []
    var start = 0
    for (index, byte) in line.enumerated() where byte == UInt8(ascii: " ") {
      fields.append(start..<index)
      start = index + 1
    }
    fields.append(start..<line.count)
    guard fields.count == 6, fields.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.line = line
    self.fields = fields
  }

  private subscript(field: Int) -> ArraySlice<UInt8> { line[fields[field]] }

  var type: ArraySlice<UInt8> { self[0] }
  var mode: ArraySlice<UInt8> { self[1] }
  var value: ArraySlice<UInt8> { self[3] }
  var capability: ArraySlice<UInt8> { self[4] }
  /// Escaped.
  var escapedPath: ArraySlice<UInt8> { self[5] }

  /// As it is in the context; nil where the escapes are not those of a manifest.
  var path: [UInt8]? {
    let escaped = escapedPath
    guard escaped.contains(UInt8(ascii: "\\")) else { return Array(escaped) }
    var path: [UInt8] = []
    var rest = escaped
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        path.append(byte)
        continue
      }
      let code = rest.dropFirst().prefix(2)
      guard rest.first == UInt8(ascii: "x"), code.count == 2,
        let value = UInt8(String(decoding: code, as: UTF8.self), radix: 16)
      else { return nil }
      path.append(value)
      rest = rest.dropFirst(3)
    }
    return path
  }
}

extension ManifestEntry {
  enum Order { case same, firstOnly, secondOnly }

  /// Which of two entries comes first in the order of manifests. One that is absent comes last.
  static func order(_ first: ManifestEntry?, _ second: ManifestEntry?) -> Order {
    guard let first else { return .secondOnly }
    guard let second else { return .firstOnly }
    if first.escapedPath == second.escapedPath { return .same }
    // A slash ends a component, so it comes before every byte that a name can hold.
    func ranks(_ entry: ManifestEntry) -> some Sequence<UInt8> {
      (entry.path ?? Array(entry.escapedPath)).lazy.map { $0 == LexicalPath.slash ? 0 : $0 }
    }
    return ranks(first).lexicographicallyPrecedes(ranks(second)) ? .firstOnly : .secondOnly
  }
}
