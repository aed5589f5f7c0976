internal import BuildScheduling
internal import SwiftDockProtocol

/// A connection that is told of changes: not the changes themselves, but what they have to be told of, once.
final class EventSubscription {
  let id: String
  let topics: Set<EventTopic>
  let scope: BuildList.Scope
  /// Changed builds whose newest state was not told yet, in the order in which they changed first.
  private var builds: [BuildID] = []
  private var isOwed: Set<BuildID> = []
  private var owesEngine = false
  private var owesBroker = false

  init(id: String, topics: Set<EventTopic>, scope: BuildList.Scope) {
    self.id = id
    self.topics = topics
    self.scope = scope
  }

  /// What to tell next.
  enum Owed: Equatable {
    case build(BuildID)
    case engine, broker
  }

  /// - Returns: whether there is something to tell that was not known of before.
  func changed(_ owed: Owed) -> Bool {
    switch owed {
    case .build(let id):
      guard topics.contains(.build), isOwed.insert(id).inserted else { return false }
      builds.append(id)
    case .engine:
      guard topics.contains(.engine), !owesEngine else { return false }
      owesEngine = true
    case .broker:
      guard topics.contains(.broker), !owesBroker else { return false }
      owesBroker = true
    }
    return true
  }

  /// Takes one; nil where nothing is owed.
  func next() -> Owed? {
    if owesBroker {
      owesBroker = false
      return .broker
    }
    if owesEngine {
      owesEngine = false
      return .engine
    }
    guard let id = builds.first else { return nil }
    builds.removeFirst()
    isOwed.remove(id)
    return .build(id)
  }
}
