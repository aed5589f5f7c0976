/// What is known of a build once its context was read: what the table decides by.
package struct MeasuredBuild: Equatable, Sendable {
  package let key: BuildKey
  /// The id that each image named by the Dockerfile has in the Engine now; nil where the Engine lacks it.
  package let images: [String: String?]
  /// Equal builds with equal sources read the same files, so the failure of one's is that of the other's too.
  package let source: String
  /// Whether the caller asked for work that was not begun before it asked (`noCache`, `pull`).
  package let needsFresh: Bool
  /// False: neither joins nor may be joined.
  package let isShared: Bool

  package init(key: BuildKey, images: [String: String?], source: String, needsFresh: Bool, isShared: Bool) {
    self.key = key
    self.images = images
    self.source = source
    self.needsFresh = needsFresh
    self.isShared = isShared
  }
}
