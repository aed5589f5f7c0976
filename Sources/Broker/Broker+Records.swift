internal import BuildLog
internal import BuildScheduling
internal import SwiftDockProtocol

/// What builds look like from outside, and how long they are remembered.
extension Broker {
  func describe(_ build: BuildRecord) -> Build {
    let execution = build.execution
    let steps = execution?.steps
    let participants = execution.map { table.participants(of: $0.id) } ?? []
    return Build(
      buildID: build.id.text, executionID: execution?.id.text, joined: build.joined, state: build.state,
      ownerUID: Int(build.ownerUID), createdAtMs: build.createdAtMs, startedAtMs: build.startedAtMs,
      finishedAtMs: build.finishedAtMs, contextDigest: build.inputs?.contextDigest, contextBytes: build.contextBytes,
      dockerfile: build.dockerfile ?? build.params.dockerfile, target: build.params.target,
      platform: build.params.platform,
      tags: build.tags, annotations: build.params.annotations, onDisconnect: build.params.onDisconnect,
      attached: build.attachedTo != nil, participants: max(1, participants.count),
      queuePosition: build.state == .queued ? execution.flatMap { table.position(of: $0.id) } : nil,
      network: build.network, steps: Build.Steps(done: steps?.done ?? 0, total: steps?.total),
      lastSeq: Int(execution?.log.lastSeq ?? 0), result: build.result, error: build.error)
  }

  /// Places in the queue moved up: tells those who wait in it.
  func positionsChanged() {
    for execution in table.queuedExecutions {
      guard let execution = executions[execution] else { continue }
      let position = table.position(of: execution.id)
      guard execution.announcedPosition != position else { continue }
      execution.announcedPosition = position
      for build in execution.builds where build.state == .queued { changed(build) }
    }
  }

  /// Keeps an ended build, and lets go of the oldest where there are too many or their logs are too large.
  func remember(_ build: BuildRecord) {
    history.append(build.id.text)
    while history.count > settings.rememberedBuilds || (history.count > 1 && logBytes > settings.rememberedLogBytes) {
      forget(history.removeFirst())
    }
  }

  private var logBytes: Int { executions.values.reduce(0) { $0 + $1.log.bytes } }

  /// One build less has the context of that digest.
  func letGoOfManifest(_ digest: String) {
    guard !builds.values.contains(where: { $0.inputs?.contextDigest == digest }) else { return }
    manifests.forget(digest)
  }

  private func forget(_ id: String) {
    guard let build = builds.removeValue(forKey: id) else { return }
    if let inputs = build.inputs { letGoOfManifest(inputs.contextDigest) }
    for (subscription, sessionID) in build.subscriptions {
      guard let session = sessions[sessionID], let subscription = session.subscriptions[subscription] else { continue }
      end(subscription, .expired, in: session)
      serveSoon(session)
    }
    guard let execution = build.execution else { return }
    execution.builds.removeAll { $0 === build }
    guard execution.builds.isEmpty else { return }
    execution.log.remove()
    executions[execution.id] = nil
  }
}
