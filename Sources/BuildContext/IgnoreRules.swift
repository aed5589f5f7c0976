/// Decides which paths of a context are not sent, as the builders' own clients decide it.
struct IgnoreRules: Equatable, Sendable {
  /// What was found for a directory, for use with what it holds: whether each pattern matched. Empty stands for the
  /// root of the context.
  typealias Hits = [Bool]

  private let patterns: [IgnorePattern]
  private let hasExceptions: Bool
  private let exceptionsArePlain: Bool

  /// Whether nothing can be excluded.
  var isEmpty: Bool { patterns.isEmpty }

  /// Excludes nothing.
  static let none = IgnoreRules()

  private init() {
    patterns = []
    hasExceptions = false
    exceptionsArePlain = true
  }

  /// - Parameter alwaysSent: paths that are sent whatever the file says.
  init(_ file: IgnoreFile, alwaysSent: [[UInt8]]) throws(IgnoreFileError) {
    var patterns: [IgnorePattern] = []
    for line in file.lines {
      if let pattern = try IgnorePattern(line) { patterns.append(pattern) }
    }
    if !patterns.isEmpty { patterns += alwaysSent.map(IgnorePattern.init(alwaysSending:)) }
    self.patterns = patterns
    hasExceptions = patterns.contains { $0.isException }
    exceptionsArePlain = patterns.allSatisfy { !$0.isException || $0.isPlainBelowDirectory }
  }

  /// Whether `path` is excluded. The last pattern that matches decides; what matches a directory matches everything
  /// below it.
  ///
  /// A pattern that could not change the decision is not compared, and counts as not matching also for what lies
  /// below: after `*/*`, a following `!a` brings back `a`, but not `a/b`. Images depend on this, so it is kept.
  /// - Parameters:
  ///   - parent: the `hits` of the directory that holds it.
  ///   - hits: set to what was found for `path`.
  func excludes(_ path: [UInt8], parent: Hits, hits: inout Hits) throws(IgnoreFileError) -> Bool {
    try decision(on: path, parent: parent, hits: &hits).map(excludes(at:)) ?? false
  }

  /// - Parameter index: of a pattern.
  func excludes(at index: Int) -> Bool { !patterns[index].isException }

  /// The index of the pattern that decides on `path`, see `excludes`; nil if none matches, so that it is sent.
  func decision(on path: [UInt8], parent: Hits, hits: inout Hits) throws(IgnoreFileError) -> Int? {
    var decisive: Int?
    var isExcluded = false
    hits.removeAll(keepingCapacity: true)
    for (index, pattern) in patterns.enumerated() {
      var isHit = !parent.isEmpty && parent[index]
      if !isHit, pattern.isException == isExcluded { isHit = try pattern.matches(path) }
      hits.append(isHit)
      if isHit {
        isExcluded = !pattern.isException
        decisive = index
      }
    }
    return decisive
  }

  /// The patterns of the file. Their indices are those of `decision`; one beyond them is of what is always sent.
  var lines: [IgnoreLine] {
    patterns.lazy.filter { $0.line > 0 }.map {
      IgnoreLine(number: $0.line, pattern: $0.text, isException: $0.isException)
    }
  }

  /// Whether something below an excluded directory might be sent, so that it has to be walked.
  ///
  /// The classic client compares the text of the exceptions with the directory's path, whatever it holds; BuildKit's
  /// skips no directory once an exception with a wildcard exists.
  func mayHoldSentPaths(below directory: [UInt8], for walker: ContextWalker) -> Bool {
    guard hasExceptions else { return false }
    if walker == .buildKit, !exceptionsArePlain { return true }
    return patterns.contains { pattern in
      guard pattern.isException else { return false }
      let text = walker == .buildKit ? pattern.textBelowDirectory : pattern.text[...]
      guard text.starts(with: directory) else { return false }
      return text.count == directory.count || text[text.startIndex + directory.count] == LexicalPath.slash
    }
  }
}
