internal import BuildContext
internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// `build.explain`: compares what two builds were done from. Which files differ is read from the manifests that were
  /// kept, unless the contexts are the same.
  func explain(_ params: BuildExplain.Params, _ call: Call) throws(RPCError) -> Answer<BuildExplain.Result> {
    let build = try find(params.buildID, for: call.session)
    var before: BuildRecord?
    if let against = params.against { before = try find(against, for: call.session) }
    let id = build.id.text
    guard let after = build.inputs else { return .now(.init(buildID: id, unknown: .build)) }
    if before == nil {
      guard let place = BuildPlace(build.params) else { return .now(.init(buildID: id, unknown: .path)) }
      before = previous(of: build, at: place)
    }
    guard let before else { return .now(.init(buildID: id, unknown: .first)) }
    guard let inputs = before.inputs else { return .now(.init(buildID: id, unknown: .against)) }
    let joined = before === build || before.execution.map { $0 === build.execution } ?? false
    var comparison = BuildExplain.Comparison(
      after, from: inputs, against: before.id.text, createdAtMs: before.createdAtMs, joined: joined)
    guard after.contextDigest != inputs.contextDigest else {
      comparison.files = BuildExplain.Files()
      return .now(.init(buildID: id, comparison: comparison))
    }
    let interrupt: Interrupt
    do throws(EngineError) { interrupt = try Interrupt() } catch {
      throw RPCError(error, endpoint: engine.state.endpoint)
    }
    let (session, request) = (call.session.id, call.id)
    call.session.pending[request] = .comparison(interrupt)
    let known = comparison
    manifests.compare(inputs.contextDigest, after.contextDigest, interrupted: { interrupt.isFired }) { [self] changes in
      var comparison = known
      comparison.files = changes.map(BuildExplain.Files.init)
      let result = BuildExplain.Result(
        buildID: id, unknown: changes == nil ? .manifest : nil, comparison: comparison)
      onLoop { $0.answerExplain(request, session, interrupt, result) }
    }
    return .later
  }

  /// The last of the same user's earlier builds of the same place whose context was read, however it ended.
  private func previous(of build: BuildRecord, at place: BuildPlace) -> BuildRecord? {
    builds.values.filter {
      $0.number < build.number && $0.ownerUID == build.ownerUID && $0.inputs != nil && BuildPlace($0.params) == place
    }.max { $0.number < $1.number }
  }

  private func answerExplain(
    _ request: RPCID, _ id: SessionID, _ interrupt: Interrupt, _ result: BuildExplain.Result
  ) {
    // Who cancelled the request was answered then, and the id may belong to another one by now.
    guard let session = sessions[id], case .comparison(let current)? = session.pending[request], current === interrupt
    else { return }
    session.pending[request] = nil
    session.send(RPCEncoder.result(result.json, id: request))
    settle(session)
  }
}

extension BuildExplain.Comparison {
  /// All but the files.
  fileprivate init(
    _ after: BuildInputs, from before: BuildInputs, against: String, createdAtMs: Int, joined: Bool
  ) {
    let difference = after.difference(from: before)
    self.init(
      against: against, againstCreatedAtMs: createdAtMs, same: difference.isEmpty, joined: joined,
      contextDigest: .init(before: before.contextDigest, after: after.contextDigest), files: nil,
      options: Self.fitting(difference.options, \.utf8.count), optionCount: difference.options.count,
      base: Self.fitting(difference.images) { $0.name.utf8.count }.map {
        .init(image: $0.name, before: $0.before, after: $0.after)
      }, baseCount: difference.images.count)
  }

  /// The first of them, as long as the list stays as short as those of files.
  private static func fitting<Element>(_ all: [Element], _ size: (Element) -> Int) -> [Element] {
    var bytes = 0
    return Array(
      all.prefix(ManifestChanges.listCount).prefix {
        bytes += size($0)
        return bytes <= ManifestChanges.listBytes
      })
  }
}

extension BuildExplain.Files {
  fileprivate init(_ changes: ManifestChanges) {
    self.init(
      added: changes.added, removed: changes.removed,
      changed: changes.changed.map { .init(path: $0.path, what: $0.aspects.map(\.rawValue)) },
      addedCount: changes.addedCount, removedCount: changes.removedCount, changedCount: changes.changedCount)
  }
}
