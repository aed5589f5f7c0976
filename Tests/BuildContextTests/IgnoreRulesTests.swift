import Testing

@testable import BuildContext

/// What is sent of a tree, by the rules alone. Directories end in `/`.
struct IgnoreRulesTests {
  private static let tree = [
    "a/", "a/1.txt", "a/b/", "a/b/c/", "a/b/c/keep.txt", "a/b/c/x", "top.txt", "x/", "x/keep.txt",
  ]

  /// The paths of the tree that are entries, without BuildKit's late ones for the directories above.
  private func sent(_ lines: [String], _ walker: ContextWalker) throws -> [String] {
    let file = try IgnoreFile(reading: Array(lines.joined(separator: "\n").utf8))
    let rules = try IgnoreRules(file, alwaysSent: [])
    var sent: [String] = []
    var entered: [String: IgnoreRules.Hits] = ["": []]
    for name in Self.tree {
      let isDirectory = name.hasSuffix("/")
      let path = isDirectory ? String(name.dropLast()) : name
      let parent = path.split(separator: "/").dropLast().joined(separator: "/")
      guard let above = entered[parent] else { continue }
      var hits: IgnoreRules.Hits = []
      let isExcluded = try rules.excludes(Array(path.utf8), parent: above, hits: &hits)
      if !isExcluded { sent.append(name) }
      if isDirectory, !isExcluded || rules.mayHoldSentPaths(below: Array(path.utf8), for: walker) {
        entered[path] = hits
      }
    }
    return sent
  }

  @Test(
    arguments: [
      ([], tree),
      (["*"], []),
      (["a"], ["top.txt", "x/", "x/keep.txt"]),
      (["a/b", "!a/b/c"], ["a/", "a/1.txt", "a/b/c/", "a/b/c/keep.txt", "a/b/c/x", "top.txt", "x/", "x/keep.txt"]),
      (["a/**"], ["a/", "top.txt", "x/", "x/keep.txt"]),
      (["!top.txt", "*"], []),
      (["*", "!top.txt"], ["top.txt"]),
      (["*/*", "!a"], ["a/", "top.txt", "x/"]),
      (["*", "!a/b/c/keep.txt"], ["a/b/c/keep.txt"]),
      (["*", "!a/b", "a/b/c/x"], ["a/b/", "a/b/c/", "a/b/c/keep.txt"]),
      (["**/keep.txt"], ["a/", "a/1.txt", "a/b/", "a/b/c/", "a/b/c/x", "top.txt", "x/"]),
      (["/", "."], tree),
    ] as [([String], [String])])
  func bothWalkersAgree(lines: [String], expected: [String]) throws {
    #expect(try sent(lines, .classic) == expected)
    #expect(try sent(lines, .buildKit) == expected)
  }

  @Test(
    arguments: [
      (["*", "!**/keep.txt"], [], ["a/b/c/keep.txt", "x/keep.txt"]),
      (["*", "!x/**"], ["x/keep.txt"], ["x/keep.txt"]),
      (["*", "!x/*"], ["x/keep.txt"], ["x/keep.txt"]),
      (["*", "!?/keep.txt"], [], ["x/keep.txt"]),
      // The text begins with `a` and `a/b`, but not with `a/b/c`.
      (["*", "!a/b/*/keep.txt"], [], ["a/b/c/keep.txt"]),
      (
        ["a", "!a/*/c"], ["top.txt", "x/", "x/keep.txt"],
        ["a/b/c/", "a/b/c/keep.txt", "a/b/c/x", "top.txt", "x/", "x/keep.txt"]
      ),
    ] as [([String], [String], [String])])
  func walkersDifferInExceptionsWithWildcards(lines: [String], classic: [String], buildKit: [String]) throws {
    #expect(try sent(lines, .classic) == classic)
    #expect(try sent(lines, .buildKit) == buildKit)
  }

  @Test func whatIsAlwaysSentIsNotAPattern() throws {
    let file = try IgnoreFile(reading: Array("*".utf8))
    let rules = try IgnoreRules(file, alwaysSent: [Array("d/[x*".utf8)])
    var hits: IgnoreRules.Hits = []
    #expect(try rules.excludes(Array("d".utf8), parent: [], hits: &hits))
    #expect(rules.mayHoldSentPaths(below: Array("d".utf8), for: .classic))
    #expect(rules.mayHoldSentPaths(below: Array("d".utf8), for: .buildKit))
    #expect(!rules.mayHoldSentPaths(below: Array("e".utf8), for: .buildKit))
    let above = hits
    #expect(try !rules.excludes(Array("d/[x*".utf8), parent: above, hits: &hits))
    #expect(try rules.excludes(Array("d/[xy".utf8), parent: above, hits: &hits))
  }
}
