/// What decides which paths of a tree a walk finds, so that a second walk finds the same.
struct WalkPlan: Sendable {
  let rules: IgnoreRules
  let walker: ContextWalker
  /// Where the rules were read; for errors.
  let ignoreFile: String?
  /// Of names in one directory.
  let nameLimit: Int
}
