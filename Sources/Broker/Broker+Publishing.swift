internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// What follows a build's success: its own tags on the image, and their push.
extension Broker {
  /// Bytes of the names of tags in one sentence.
  private static let namesLimit = 4_096
  /// Bytes of the messages of all tags' errors, so that a Build with many tags stays below the limit of an answer.
  private static let tagErrorBytes = 256 << 10

  func publish(_ id: BuildID) {
    guard let build = builds[id.text], let execution = build.execution, let imageID = execution.imageID else { return }
    build.result = BuildResult(imageID: imageID, sizeBytes: execution.sizeBytes)
    guard !build.references.isEmpty else {
      return perform(table.published(id, succeeded: true))
    }
    do throws(EngineError) { build.publishing = try Interrupt() } catch {
      return published(id, build.references.map { .failed($0, RPCError(error, endpoint: engine.state.endpoint)) })
    }
    begin(publications.requested(id, Set(build.references.map(\.full))))
  }

  func stopPublishing(_ id: BuildID) {
    guard let build = builds[id.text] else { return }
    build.publishing?.fire()
    guard publications.isWaiting(id) else { return }
    published(id, build.references.map { .failed($0, RPCError(.buildCancelled, "The build was cancelled.")) })
  }

  func begin(_ ids: [BuildID]) {
    for id in ids {
      if let start = waitingPushes.removeValue(forKey: id) {
        start()
        continue
      }
      guard let build = builds[id.text], let measurement = build.measurement, let imageID = build.result?.imageID,
        let interrupt = build.publishing
      else { continue }
      let (references, pushes, logins) = (build.references, build.params.push, build.params.registryAuth)
      let endpoint = measurement.request.endpoint
      let onProgress = progress(of: build)
      (pushes ? pushers : taggers).run { [self] in
        let tags: [BuildResult.Tag]
        do throws(RPCError) {
          let publication = Publication(
            imageID: imageID, tags: references, pushes: pushes, logins: logins,
            client: try engine.connect(interrupt: interrupt), endpoint: endpoint, interrupt: interrupt,
            onProgress: onProgress)
          tags = publication.run()
        } catch {
          tags = references.map { .failed($0, error) }
        }
        onLoop { $0.published(id, tags) }
      }
    }
  }

  private func published(_ id: BuildID, _ tags: [BuildResult.Tag]) {
    let next = publications.finished(id)
    defer { begin(next) }
    guard let build = builds[id.text] else { return }
    build.publishing = nil
    let failed = tags.filter { !$0.ok }
    if failed.contains(where: { $0.error?.isKind(.engineLost) == true }) { engine.doubt() }
    build.result?.tags = traced(tags)
    if !failed.isEmpty {
      let names = failed.map(\.tag).joined(separator: ", ").clipped(to: Self.namesLimit)
      build.error = RPCError(
        .publishFailed,
        build.params.push
          ? "The image was built, but not all of its tags were pushed: \(names)."
          : "The image was built, but could not be tagged \(names).",
        detail: ["tags": .array(failed.map { .string($0.tag) })],
        causes: failed.compactMap { $0.error.map { RPCError.Cause(name: $0.name, message: $0.message) } })
    }
    perform(table.published(id, succeeded: failed.isEmpty))
  }

  func traced(_ tags: [BuildResult.Tag]) -> [BuildResult.Tag] {
    let limit = Self.tagErrorBytes / max(1, tags.count)
    return tags.map { tag in
      var tag = tag
      if let error = tag.error { tag.error?.message = error.message.clipped(to: limit) }
      tag.error = tag.error.map(traced)
      return tag
    }
  }
}
