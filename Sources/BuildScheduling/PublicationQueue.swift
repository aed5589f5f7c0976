/// Decides when builds may give names to images: one at a time for each reference, in the order they came, and no more
/// than `limit` in all.
///
/// What is queued is named by the build, or by an id of its own for a push of a build that has ended. A build that waits keeps its place for all of its references, so that a stream of others with fewer cannot pass it.
package struct PublicationQueue {
  private var running: [BuildID: Set<String>] = [:]
  private var waiting: [(build: BuildID, references: Set<String>)] = []

  private let limit: Int

  package init(limit: Int) { self.limit = limit }

  package var isIdle: Bool { running.isEmpty && waiting.isEmpty }

  /// - Returns: the builds that may begin now.
  package mutating func requested(_ build: BuildID, _ references: Set<String>) -> [BuildID] {
    waiting.append((build, references))
    return startWaiting()
  }

  /// A build that has begun is done, or one that waits does not want to any more.
  package mutating func finished(_ build: BuildID) -> [BuildID] {
    running[build] = nil
    waiting.removeAll { $0.build == build }
    return startWaiting()
  }

  /// Whether it waits for others.
  package func isWaiting(_ build: BuildID) -> Bool { waiting.contains { $0.build == build } }

  private mutating func startWaiting() -> [BuildID] {
    var taken = running.values.reduce(into: Set<String>()) { $0.formUnion($1) }
    var started: [BuildID] = []
    var left: [(build: BuildID, references: Set<String>)] = []
    for entry in waiting {
      if running.count < limit, taken.isDisjoint(with: entry.references) {
        running[entry.build] = entry.references
        started.append(entry.build)
      } else {
        left.append(entry)
      }
      taken.formUnion(entry.references)
    }
    waiting = left
    return started
  }
}
