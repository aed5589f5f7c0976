internal import BuildContext

/// A line for the ignore file, to stand last, that makes the context smaller and takes nothing that the build needs.
package struct Suggestion: Sendable, Equatable {
  package let pattern: String
  /// For people: what the line is about, and why nothing is lost.
  package let reason: String
  /// What is not sent any more; where several names of a file are under different lines, at least.
  package let totals: Totals
}

/// Finds lines for an ignore file.
///
/// They are about what no instruction sees, if it is much, and about what programs make again (`MadeKind`), if it is
/// taken only along with everything around it and no command uses it. What an instruction names is never among them, and
/// nothing is where it is not known what an instruction names.
struct SuggestionFinder {
  static let limit = 10
  /// Less is not worth a line.
  private static let unseenBytes = 1_000_000
  private static let unseenFiles = 1_000

  let root: DirectoryFrame
  let sources: SourceSet
  let linkedFiles: [Tally.LinkedFile]
  let commands: CommandWords

  func find() -> [Suggestion] {
    guard sources.unknown.isEmpty else { return [] }
    var found: [Suggestion] = []
    for (name, group) in root.made where !group.isSeen || !isUsed(name) {
      found += suggestions(for: name, group)
    }
    for item in root.unseen.values where !item.isMade && !sources.holdsPath(in: item.path) {
      let isMuch = item.removable.bytes >= Self.unseenBytes || item.removable.files >= Self.unseenFiles
      guard isMuch, let pattern = Self.pattern(for: item.path) else { continue }
      let totals = item.removable - kept(below: { Self.isAtOrBelow(item.path, $0) ? item.path.count : nil })
      found.append(Suggestion(pattern: pattern, reason: "no instruction can see it", totals: totals))
    }
    return Array(
      found.filter { $0.totals.files > 0 }
        .sorted { ($1.totals.bytes, $0.pattern) < ($0.totals.bytes, $1.pattern) }
        .prefix(Self.limit))
  }

  /// Whether commands use such a directory as it comes.
  private func isUsed(_ name: DirectoryFrame.GroupName) -> Bool {
    let kind = name.kind
    if kind.isCache { return false }
    if kind.users.contains(where: commands.contain) { return true }
    guard !kind.isMade(by: commands) else { return false }
    return commands.contain(name.name) || kind.readers.contains(where: commands.contain)
  }

  private func suggestions(for name: DirectoryFrame.GroupName, _ group: MadeGroup) -> [Suggestion] {
    // A pattern for all of them must not mean anything else.
    let isAlone =
      root.others[name.name] == nil && name.kind != .virtualEnvironment
      && root.made.keys.allSatisfy { $0 == name || $0.name != name.name }
    if group.count > 1, isAlone {
      let component = Array(name.name.utf8)
      let kept = kept { Self.end(of: component, in: $0) }
      return [
        Suggestion(
          pattern: "**/\(name.name)", reason: reason(name.kind, isSeen: group.isSeen, count: group.count),
          totals: group.totals - kept)
      ]
    }
    return group.directories.values.compactMap { directory in
      guard let pattern = Self.pattern(for: directory.path) else { return nil }
      let kept = kept { Self.isAtOrBelow(directory.path, $0) ? directory.path.count : nil }
      return Suggestion(
        pattern: pattern, reason: reason(name.kind, isSeen: directory.isSeen, count: 1),
        totals: directory.totals - kept)
    }
  }

  private func reason(_ kind: MadeKind, isSeen: Bool, count: Int) -> String {
    let place = count == 1 ? "" : " in \(count) directories"
    return "\(kind.explanation)\(place), "
      + (isSeen ? "copied only along with everything around it" : "which no instruction can see")
  }

  /// Files that are sent under another name all the same.
  /// - Parameter coveredLength: of a path, how much of it is what a line takes away; nil if it does not.
  private func kept(below coveredLength: ([UInt8]) -> Int?) -> Totals {
    var kept = Totals()
    for file in linkedFiles {
      guard let length = coveredLength(file.path), file.commonLength < length else { continue }
      kept += Totals(files: 1, bytes: file.bytes)
    }
    return kept
  }

  private static func isAtOrBelow(_ directory: [UInt8], _ path: [UInt8]) -> Bool {
    path.starts(with: directory) && (path.count == directory.count || path[directory.count] == LexicalPath.slash)
  }

  /// Where the first component of that name ends.
  private static func end(of name: [UInt8], in path: [UInt8]) -> Int? {
    path.split(separator: LexicalPath.slash).first { $0.elementsEqual(name) }?.endIndex
  }

  /// A line that stands for this one path; nil where characters of it would have a meaning.
  static func pattern(for path: [UInt8]) -> String? {
    guard let text = String(validating: path, as: UTF8.self), let first = path.first, let last = path.last else {
      return nil
    }
    let isPlain = path.allSatisfy { $0 >= 0x20 && $0 != 0x7F && !"*?[]\\^".utf8.contains($0) }
    // White space at the ends is dropped, and some of it is not ASCII.
    guard isPlain, !"!# ".utf8.contains(first), first < 0x80, last != 0x20, last < 0x80 else { return nil }
    return text
  }
}
