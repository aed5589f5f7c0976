internal import DockerEngine
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// The naming of one image, and the push of its names: a straight story for a thread of its own.
struct Publication: Sendable {
  /// Pauses before a push is tried again.
  private static let pauses: [Duration] = [.seconds(1), .seconds(3)]

  let imageID: String
  let tags: [ImageReference]
  let pushes: Bool
  let logins: [SwiftDockProtocol.RegistryAuth]
  let client: EngineClient
  let endpoint: String
  let interrupt: Interrupt
  let onProgress: @Sendable ([ProgressItem]) -> Void

  /// Every tag first, so that a push that fails leaves the image with all of its names.
  func run() -> [BuildResult.Tag] {
    let applied = tags.map { tag in
      do throws(RPCError) {
        try apply(tag)
        return BuildResult.Tag(tag: tag.familiar, ok: true)
      } catch { return .failed(tag, error) }
    }
    return pushes ? push(applied) : applied
  }

  /// Pushes names that the image has already.
  func pushOnly() -> [BuildResult.Tag] { push(tags.map { BuildResult.Tag(tag: $0.familiar, ok: true) }) }

  private func apply(_ tag: ImageReference) throws(RPCError) {
    do throws(EngineError) {
      try client.tagImage(imageID, repository: tag.fullName, tag: tag.tag ?? "latest", interrupt: interrupt)
    } catch { throw translated(error, tag) }
  }

  private func push(_ applied: [BuildResult.Tag]) -> [BuildResult.Tag] {
    zip(tags, applied).map { reference, tag in
      guard tag.ok else {
        var tag = tag
        tag.pushed = false
        return tag
      }
      do throws(RPCError) {
        let digest = try push(reference)
        return BuildResult.Tag(tag: tag.tag, ok: true, pushed: true, digest: digest)
      } catch {
        var failed = BuildResult.Tag.failed(reference, error)
        failed.pushed = false
        return failed
      }
    }
  }

  /// Before and after, the name has to be this image's: somebody else may have moved it, and what was pushed then is
  /// not this result.
  private func push(_ tag: ImageReference) throws(RPCError) -> String? {
    let digest = try pushPatiently(tag)
    try check(tag)
    return digest
  }

  private func check(_ tag: ImageReference) throws(RPCError) {
    do throws(EngineError) {
      guard let found = try client.inspectImage(tag.full, interrupt: interrupt) else {
        throw EngineError.pushFailed(kind: .imageNotFound, message: "There is no \(tag.familiar) any more.")
      }
      guard found.id == imageID else {
        throw EngineError.pushFailed(kind: .engine, message: "\(tag.familiar) names another image by now.")
      }
    } catch { throw translated(error, tag) }
  }

  private func pushPatiently(_ tag: ImageReference) throws(RPCError) -> String? {
    var pauses = Self.pauses[...]
    while true {
      try check(tag)
      do throws(EngineError) {
        return try client.pushImage(
          tag.fullName, tag: tag.tag ?? "latest", auth: RegistryServer.login(for: tag.domain, among: logins),
          interrupt: interrupt
        ) { events in
          let items = events.compactMap { if case .progress(let item) = $0 { item } else { nil } }
          if !items.isEmpty { onProgress(items.map { $0.prefixed(with: tag.familiar) }) }
        }.digest
      } catch {
        guard error.isWorthRetrying, let pause = pauses.popFirst() else { throw translated(error, tag) }
        do throws(EngineError) { try interrupt.pause(pause) } catch { throw translated(error, tag) }
      }
    }
  }

  private func translated(_ error: EngineError, _ tag: ImageReference) -> RPCError {
    var failure = RPCError(error, endpoint: endpoint, ifLost: .unknown)
    if error == .interrupted { failure = RPCError(.buildCancelled, "The build was cancelled.") }
    failure.tell(of: tag.familiar, among: logins)
    return failure
  }
}

extension BuildResult.Tag {
  static func failed(_ tag: ImageReference, _ error: RPCError) -> BuildResult.Tag {
    BuildResult.Tag(tag: tag.familiar, ok: false, error: error)
  }
}

extension ProgressItem {
  /// Layers have the same ids whatever name they are pushed under.
  fileprivate func prefixed(with name: String) -> ProgressItem {
    var item = self
    item.itemId = "\(name)/\(itemId)"
    return item
  }
}
