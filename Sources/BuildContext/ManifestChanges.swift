/// What is different in a context, by path: as many as the bounds let, and how many there are.
///
/// Paths are text as in errors: one that is not UTF-8 is given as the manifest escapes it.
package struct ManifestChanges: Equatable, Sendable {
  /// Of each of the three lists. The bytes are those of its paths.
  package static let listCount = 1_000
  package static let listBytes = 100 << 10

  package enum Aspect: String, Sendable, CaseIterable {
    /// A file where a directory was, say. Nothing else is said of the path then.
    case type
    case mode
    case contents
    /// Of a symbolic link; of a hard link the first name.
    case target
    /// The numbers of a device.
    case device
    /// The file's capabilities.
    case capability
  }

  package struct Change: Equatable, Sendable {
    package let path: String
    /// In the order of `Aspect`.
    package let aspects: [Aspect]
  }

  package private(set) var added: [String] = []
  package private(set) var removed: [String] = []
  package private(set) var changed: [Change] = []
  package private(set) var addedCount = 0
  package private(set) var removedCount = 0
  package private(set) var changedCount = 0
  private var bytes = (added: 0, removed: 0, changed: 0)

  mutating func add(_ entry: ManifestEntry) {
    addedCount += 1
    if let path = Self.path(of: entry, after: added.count, &bytes.added) { added.append(path) }
  }

  mutating func remove(_ entry: ManifestEntry) {
    removedCount += 1
    if let path = Self.path(of: entry, after: removed.count, &bytes.removed) { removed.append(path) }
  }

  /// Two entries of one path.
  mutating func compare(_ before: ManifestEntry, _ after: ManifestEntry) {
    guard before != after else { return }
    changedCount += 1
    guard let path = Self.path(of: after, after: changed.count, &bytes.changed) else { return }
    changed.append(Change(path: path, aspects: Self.aspects(before, after)))
  }

  private static func aspects(_ before: ManifestEntry, _ after: ManifestEntry) -> [Aspect] {
    guard before.type == after.type else { return [.type] }
    var aspects: [Aspect] = []
    if before.mode != after.mode { aspects.append(.mode) }
    if before.value != after.value {
      switch after.type.first {
      case UInt8(ascii: "f"): aspects.append(.contents)
      case UInt8(ascii: "l"), UInt8(ascii: "h"): aspects.append(.target)
      default: aspects.append(.device)
      }
    }
    if before.capability != after.capability { aspects.append(.capability) }
    return aspects
  }

  /// nil where a list of `count` paths and so many bytes has no room for it: then it has none for what follows either.
  private static func path(of entry: ManifestEntry, after count: Int, _ bytes: inout Int) -> String? {
    guard count < listCount, bytes < listBytes else { return nil }
    let text = ContextPath.text(entry.path ?? Array(entry.escapedPath))
    bytes += text.utf8.count
    guard bytes <= listBytes else { return nil }
    return text
  }

  package static func == (left: ManifestChanges, right: ManifestChanges) -> Bool {
    left.added == right.added && left.removed == right.removed && left.changed == right.changed
      && left.addedCount == right.addedCount && left.removedCount == right.removedCount
      && left.changedCount == right.changedCount
  }
}
