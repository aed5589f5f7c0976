/// Everything that decides what an execution produces, in one canonical sequence of bytes: equal keys mean equal work.
///
/// The table compares keys and never looks into them.
package struct BuildKey: Hashable, Sendable {
  private var bytes: [UInt8] = []

  package init() {}

  /// Appends one field. Each is preceded by its length, so that no two sequences of fields have the same bytes.
  package mutating func append(_ field: some Sequence<UInt8>) {
    let field = Array(field)
    append(count: field.count)
    bytes.append(contentsOf: field)
  }

  package mutating func append(_ field: String) { append(field.utf8) }

  private mutating func append(count: Int) {
    withUnsafeBytes(of: UInt64(count).littleEndian) { bytes.append(contentsOf: $0) }
  }
}
