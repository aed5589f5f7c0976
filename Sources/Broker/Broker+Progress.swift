internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import JSONRPC
internal import SwiftDockProtocol

/// `build.progress`: the newest word on each transfer, to those who want it, ten times a second at most.
extension Broker {
  private static let progressInterval = Duration.milliseconds(100)

  /// Where the pushes of a build tell how far they are.
  func progress(of build: BuildRecord) -> @Sendable ([ProgressItem]) -> Void {
    let id = build.id.text
    let board = build.progress
    return { [self] items in
      guard board.update(items) else { return }
      onLoop { broker in
        guard let build = broker.builds[id] else { return }
        for session in Set(build.subscriptions.values) {
          if let session = broker.sessions[session] { broker.serveSoon(session) }
        }
      }
    }
  }

  /// nil where there is no news, or the last news is not old enough: then a timer looks again.
  func progressMessage(_ subscription: Subscription, _ session: Session) -> [UInt8]? {
    guard var progress = subscription.progress, !progress.isDue else { return nil }
    let build = subscription.build
    let shared = build.execution?.feed?.progress.changes(since: progress.execution)
    let own = build.progress.changes(since: progress.build)
    let items = (shared?.items ?? []) + own.items
    guard !items.isEmpty else { return nil }
    let due = progress.last + Self.progressInterval
    guard ContinuousClock.now >= due else {
      subscription.progress?.isDue = true
      let (id, name) = (session.id, subscription.id)
      loop.schedule(after: due - .now) { [self] in
        assumeIsolated { broker in
          guard let session = broker.sessions[id] else { return }
          session.subscriptions[name]?.progress?.isDue = false
          broker.settle(session)
        }
      }
      return nil
    }
    progress.execution = shared?.version ?? progress.execution
    progress.build = own.version
    progress.last = .now
    subscription.progress = progress
    return BuildProgress(subscriptionID: subscription.id, buildID: build.id.text, items: items).message
  }
}
