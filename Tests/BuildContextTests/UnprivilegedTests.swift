import BuildContext
import Glibc
import Testing

/// What a user may not read, who is not root, is an error only where it would be sent.
struct UnprivilegedTests {
  /// The tree has `Dockerfile`, `d/x`, `d/e/y`, `f` and, if there are lines, `.dockerignore`.
  struct Case: CustomTestStringConvertible, Sendable {
    /// Modes by path; all else is readable.
    let modes: [String: mode_t]
    let lines: String?
    /// The path of the error.
    let classic: String?
    let buildKit: String?

    var testDescription: String {
      let modes = modes.map { "\($0) \(String($1, radix: 8))" }.sorted().joined(separator: ", ")
      return "\(modes), ignoring \(lines ?? "nothing")"
    }

    init(_ modes: [String: mode_t], ignoring lines: String? = nil, fails path: String? = nil) {
      self.init(modes, ignoring: lines, classic: path, buildKit: path)
    }

    init(_ modes: [String: mode_t], ignoring lines: String?, classic: String?, buildKit: String?) {
      self.modes = modes
      self.lines = lines
      self.classic = classic
      self.buildKit = buildKit
    }
  }

  private static let cases = [
    Case([:]),
    Case(["f": 0o600], fails: "f"),
    Case(["f": 0o600], ignoring: "f"),
    Case(["f": 0o600], ignoring: "f\n!f", fails: "f"),
    Case(["d/x": 0], fails: "d/x"),
    Case(["d/x": 0], ignoring: "d"),
    Case(["d/x": 0], ignoring: "d\n!d/e"),
    Case(["d/x": 0], ignoring: "*\n!d/x", fails: "d/x"),
    // Neither to be listed nor to be entered.
    Case(["d": 0o700], fails: "d"),
    Case(["d": 0o700], ignoring: "d"),
    Case(["d": 0o700], ignoring: "d/*", fails: "d"),
    Case(["d": 0o700], ignoring: "d\n!d/x", classic: "d", buildKit: nil),
    Case(["d": 0o700], ignoring: "d\n!**/x", classic: nil, buildKit: nil),
    Case(["d/e": 0o700], ignoring: "d\n!d/x"),
    Case(["d/e": 0o700], ignoring: "d\n!d/e/y", classic: "d/e", buildKit: nil),
    Case(["d/e": 0o700], ignoring: "d/e"),
    // To be listed, but not to be entered.
    Case(["d": 0o744], fails: "d/e"),
    Case(["d": 0o744], ignoring: "d"),
    // To be entered, but not to be listed.
    Case(["d": 0o711], fails: "d"),
    Case(["d": 0o711], ignoring: "d"),
    // What is not read has no need to be readable.
    Case(["p": 0]),
    Case(["Dockerfile": 0o600], fails: "Dockerfile"),
    Case(["Dockerfile": 0o600], ignoring: "Dockerfile", fails: "Dockerfile"),
    Case([".dockerignore": 0o600], ignoring: "d", fails: ".dockerignore"),
    Case([".dockerignore": 0o600], ignoring: "*", fails: ".dockerignore"),
    Case(["": 0o700], fails: "."),
    Case(["": 0o711], fails: "."),
  ]

  @Test(arguments: cases, [ContextWalker.classic, .buildKit])
  func onlyWhatIsSentHasToBeReadable(each: Case, walker: ContextWalker) throws {
    let tree = try TemporaryTree()
    try tree.file("Dockerfile", "FROM scratch\n")
    try tree.directory("d")
    try tree.directory("d/e")
    for name in ["d/x", "d/e/y", "f"] { try tree.file(name, name) }
    try tree.fifo("p")
    if let lines = each.lines { try tree.file(".dockerignore", lines) }
    for (name, mode) in each.modes { try #require(chmod(tree.path(name), mode) == 0) }
    let root = tree.root
    func measure() throws(ContextError) {
      let paths = try withoutPrivileges { () throws(ContextError) in
        try ContextSnapshot(measuring: ContextSource(root: root, walker: walker)).paths
      }
      #expect(paths.contains("Dockerfile"))
      for name in each.modes.keys where each.lines != nil { #expect(!paths.contains(name)) }
    }
    if let path = walker == .classic ? each.classic : each.buildKit {
      #expect(throws: ContextError.unreadable(path: path, errno: EACCES)) { try measure() }
    } else {
      try measure()
    }
  }
}
