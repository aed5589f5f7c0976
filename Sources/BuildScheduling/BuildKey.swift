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

  /// A field that may be absent, which is not the same as empty.
  package mutating func append(_ field: String?) {
    append(count: field == nil ? 0 : 1)
    if let field { append(field) }
  }

  package mutating func append(_ fields: [String]) {
    append(count: fields.count)
    for field in fields { append(field) }
  }

  /// A map, in an order that does not depend on how it was made.
  package mutating func append(_ fields: [String: String?]) {
    let sorted = fields.sorted { $0.key < $1.key }
    append(count: sorted.count)
    for (name, value) in sorted {
      append(name)
      append(value)
    }
  }

  private mutating func append(count: Int) {
    withUnsafeBytes(of: UInt64(count).littleEndian) { bytes.append(contentsOf: $0) }
  }
}
