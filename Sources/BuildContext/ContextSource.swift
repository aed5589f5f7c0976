/// A directory that is to be sent as a build context.
package struct ContextSource: Sendable, Equatable {
  /// Absolute. A symbolic link here is followed.
  package var root: String
  /// Relative to the root; nil for `Dockerfile`, or `dockerfile` where that does not exist.
  package var dockerfile: String?
  package var walker: ContextWalker

  package init(root: String, dockerfile: String? = nil, walker: ContextWalker) {
    self.root = root
    self.dockerfile = dockerfile
    self.walker = walker
  }
}
