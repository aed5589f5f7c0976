extension BuildFailure {
  /// The path that a `COPY` or `ADD` names and that is not there, without a slash in front; nil where the failure is
  /// another one, or the Engine does not say which path.
  package var missingSource: String? {
    for (beginning, end) in Self.missingSourceTexts {
      guard let start = message.firstRange(of: beginning, from: 0) else { continue }
      let rest = message[start.upperBound...]
      guard rest.hasSuffix(end) else { continue }
      let path = rest.dropLast(end.count)
      // BuildKit writes a path as Go does a string; one with escapes in it is not guessed at.
      guard !path.isEmpty, !path.contains("\\"), !path.contains("\"") else { return nil }
      let relative = path.drop { $0 == "/" }
      return relative.isEmpty ? nil : String(relative)
    }
    return nil
  }

  /// The classic builder's words for a `COPY` or `ADD` of patterns that match nothing.
  package var saysNoSourceMatches: Bool { message.hasSuffix(" failed: no source files were specified") }

  /// What stands before and behind the path: the classic builder's (moby `builder/dockerfile/copy.go`), Buildah's, and
  /// BuildKit's before and since 0.11 (`cache/contenthash/checksum.go`).
  private static let missingSourceTexts = [
    ("excluded by .dockerignore: stat ", ": file does not exist"),
    ("copier: stat: \"", "\": no such file or directory"),
    ("copier: stat: [\"", "\"]: no such file or directory"),
    ("\"", "\": not found"), ("\"", "\" not found"),
  ]
}
