/// Patterns of an ignore file, for paths that no walk leads to.
package struct IgnorePaths: Sendable, Equatable {
  private let rules: IgnoreRules

  /// Nothing if a builder would refuse one of them.
  package init?(_ patterns: [String]) {
    var lines: [IgnoreFile.Line] = []
    for pattern in patterns {
      let text = Array(pattern.utf8)
      guard !text.isEmpty else { return nil }
      lines.append(IgnoreFile.Line(number: lines.count + 1, pattern: text))
    }
    do throws(IgnoreFileError) { rules = try IgnoreRules(IgnoreFile(lines: lines), alwaysSent: []) } catch {
      return nil
    }
  }

  /// Whether they exclude `path`, by itself or with a directory above it. A pattern that turns out to be unusable when
  /// it is compared excludes nothing.
  package func exclude(_ path: some Sequence<UInt8>) -> Bool {
    do throws(IgnoreFileError) { return try rules.line(excluding: Array(path)) != nil } catch { return false }
  }
}

extension IgnoreRules {
  /// The index in `lines` of the pattern that excludes a path, or a directory above it in which nothing is looked for.
  /// - Parameter walker: nil if everything is looked at.
  func line(excluding path: [UInt8], for walker: ContextWalker? = nil) throws(IgnoreFileError) -> Int? {
    var parent: Hits = []
    var hits: Hits = []
    var decisive: Int?
    let ends = path.indices.filter { path[$0] == LexicalPath.slash } + [path.count]
    for end in ends {
      let prefix = Array(path[..<end])
      decisive = try decision(on: prefix, parent: parent, hits: &hits).flatMap { excludes(at: $0) ? $0 : nil }
      if let decisive, let walker, end < path.count, !mayHoldSentPaths(below: prefix, for: walker) { return decisive }
      swap(&parent, &hits)
    }
    return decisive
  }
}
