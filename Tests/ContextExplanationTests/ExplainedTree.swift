import BuildContext
import ContextExplanation
import Dockerfile
import SwiftDockTestSupport

/// A directory of the test's own that is explained.
final class ExplainedTree {
  let directory: TestDirectory

  /// - Parameter files: sizes by path, folders made on the way. A path that ends with a slash is an empty folder.
  init(dockerfile: String = "FROM scratch\n", ignoring lines: String? = nil, _ files: [String: Int] = [:]) throws {
    directory = try TestDirectory()
    try directory.write("Dockerfile", dockerfile)
    if let lines { try directory.write(".dockerignore", lines) }
    for (path, size) in files { try add(path, size) }
  }

  func add(_ path: String, _ size: Int) throws {
    let components = path.split(separator: "/", omittingEmptySubsequences: false)
    for end in components.indices.dropFirst() { try directory.makeDirectory(components[..<end].joined(separator: "/")) }
    if !path.hasSuffix("/") { try directory.writeSparse(path, bytes: size) }
  }

  func explain(
    _ walker: ContextWalker = .buildKit, target: String? = nil, dockerfile: String? = nil
  ) throws -> Explanation {
    let options = ResolutionOptions(builder: walker == .classic ? .classic : .buildKit, target: target)
    return try Explanation(
      of: ContextSource(root: directory.path, dockerfile: dockerfile, walker: walker), options)
  }

  func snapshot(_ walker: ContextWalker = .buildKit) throws -> ContextSnapshot {
    try ContextSnapshot(measuring: ContextSource(root: directory.path, walker: walker))
  }

  /// Regular files of the whole tree, and their bytes.
  func everything() throws -> Totals {
    let text = try RunningProgram.output(of: ["find", directory.path, "-type", "f", "-printf", "%s\n"])
    let sizes = text.split(separator: "\n").compactMap { Int64($0) }
    return Totals(files: sizes.count, bytes: sizes.reduce(0, +))
  }
}

extension Explanation {
  /// `LINE PATTERN: ENTRIES FILES BYTES`
  var ignoredText: [String] {
    ignored.map { "\($0.line.number) \($0.line.text): \($0.entries) \($0.totals.files) \($0.totals.bytes)" }
  }

  /// `PATTERN BYTES`
  var suggestionText: [String] { suggestions.map { "\($0.pattern) \($0.totals.bytes)" } }

  /// `PATH BYTES`
  var unseenText: [String]? { unseen?.items.map { "\($0.path) \($0.totals.bytes)" } }
}
