internal import BuildContext
internal import Dockerfile

/// The sources of all instructions that read from a context, ready to be compared with its paths. An instruction is
/// known by its index.
struct SourceSet {
  /// Sources that are followed; of more, each may see everything.
  static let limit = 512

  private struct Pattern {
    let use: Int
    /// The directory in which the rest is looked for; empty for the root.
    let directory: [UInt8]
    let rest: PathMatch
  }

  /// Instructions that take everything, by naming the root.
  private(set) var takingAll: [Int] = []
  /// Sources of which it is not known what they name, by instruction.
  private(set) var unknown: [Int: String] = [:]
  private var paths: [[UInt8]: [Int]] = [:]
  private var patterns: [Pattern] = []
  private var ignorePatterns: [(use: Int, paths: IgnorePaths)] = []
  private var exclusions: [Int: IgnorePaths] = [:]

  /// - Parameter destination: where a path of the context leads.
  init(
    _ uses: [ContextUse], destination: ([UInt8]) throws(ContextError) -> ContextSurvey.Destination
  ) throws(ContextError) {
    var count = 0
    for (index, use) in uses.enumerated() {
      if !use.exclusions.isEmpty { exclusions[index] = IgnorePaths(use.exclusions) }
      for source in use.sources {
        count += 1
        if count <= Self.limit {
          try add(source, of: index, destination: destination)
        } else {
          unknown[index] = source.text
        }
      }
    }
  }

  private mutating func add(
    _ source: ContextUse.Source, of use: Int, destination: ([UInt8]) throws(ContextError) -> ContextSurvey.Destination
  ) throws(ContextError) {
    // Builders take every path from the root, and none leads out of it.
    let path = Array(LexicalPath.clean([LexicalPath.slash] + Array(source.text.utf8)).dropFirst())
    switch source {
    case .unknown(let text): unknown[use] = text
    case _ where path.isEmpty: takingAll.append(use)
    case .path: try add(path, source, of: use, destination: destination)
    case .ignorePattern(let text):
      if let found = IgnorePaths([String(decoding: path, as: UTF8.self)]) {
        ignorePatterns.append((use, found))
      } else {
        unknown[use] = text
      }
    case .pattern:
      let components = path.split(separator: LexicalPath.slash)
      guard let first = components.firstIndex(where: PathMatch.isPattern) else {
        return try add(path, source, of: use, destination: destination)
      }
      func joined(_ part: ArraySlice<ArraySlice<UInt8>>) -> [UInt8] {
        Array(part.joined(separator: CollectionOfOne(LexicalPath.slash)))
      }
      guard let rest = PathMatch(joined(components[first...])) else { return }
      var directory = joined(components[..<first])
      if !directory.isEmpty {
        switch try destination(directory) {
        case .path(let resolved, let links):
          for link in links { paths[link, default: []].append(use) }
          directory = resolved
        case .missing: return
        case .outside: unknown[use] = source.text
        }
      }
      patterns.append(Pattern(use: use, directory: directory, rest: rest))
    }
  }

  private mutating func add(
    _ path: [UInt8], _ source: ContextUse.Source, of use: Int,
    destination: ([UInt8]) throws(ContextError) -> ContextSurvey.Destination
  ) throws(ContextError) {
    paths[path, default: []].append(use)
    switch try destination(path) {
    case .path(let resolved, let links):
      if !links.isEmpty { addDestination(resolved, links: links, of: use) }
    case .missing: break
    case .outside: unknown[use] = source.text
    }
  }

  /// What symbolic links lead an instruction to.
  mutating func addDestination(_ path: [UInt8], links: [[UInt8]], of use: Int) {
    if path.isEmpty { takingAll.append(use) }
    for path in links + (path.isEmpty ? [] : [path]) { paths[path, default: []].append(use) }
  }

  /// What a symbolic link leads an instruction to cannot be told.
  mutating func addUnknown(_ path: [UInt8], of use: Int) { unknown[use] = ContextPath.escaped(path) }

  /// Whether a directory, or something that would be in it, is named without a pattern, be it there or not.
  func holdsPath(in directory: [UInt8]) -> Bool {
    paths.keys.contains {
      $0.starts(with: directory) && ($0.count == directory.count || $0[directory.count] == LexicalPath.slash)
    }
  }

  /// The instructions that name this very path, each once.
  func uses(naming path: ArraySlice<UInt8>) -> [Int] {
    var found: [Int] = []
    if !paths.isEmpty, let uses = paths[Array(path)] { found = uses }
    found += usesMatching(path)
    for (use, paths) in ignorePatterns where paths.exclude(path) { found.append(use) }
    guard found.count > 1 else { return found }
    return Array(Set(found)).sorted()
  }

  /// Those with a pattern that matches this very path. They follow it if it is a symbolic link.
  func usesMatching(_ path: ArraySlice<UInt8>) -> [Int] {
    patterns.filter { pattern in
      guard !pattern.directory.isEmpty else { return pattern.rest.matches(Array(path)) }
      guard path.starts(with: pattern.directory) else { return false }
      let rest = path.dropFirst(pattern.directory.count)
      return rest.first == LexicalPath.slash && pattern.rest.matches(Array(rest.dropFirst()))
    }.map(\.use)
  }

  /// Whether an instruction leaves something out of what it takes.
  /// - Parameter path: below what the instruction names, or the name of that.
  func excludes(_ path: some Sequence<UInt8>, from use: Int) -> Bool {
    exclusions[use]?.exclude(path) ?? false
  }
}
