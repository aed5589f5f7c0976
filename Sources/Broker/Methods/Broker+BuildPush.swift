internal import BuildScheduling
internal import DockerEngine
internal import EventLoop
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// `build.push`: pushes tags of the caller's own build that has ended well, and answers when that is done. The push
  /// ends with its request and its connection.
  func push(_ params: BuildPush.Params, _ call: Call) throws(RPCError) -> Answer<BuildPush.Result> {
    guard !isDraining else { throw RPCError(BuildTable.Refusal.draining) }
    let build = try find(params.buildID, for: call.session)
    let (imageID, tags) = try pushable(params, build)
    let interrupt: Interrupt
    do throws(EngineError) { interrupt = try Interrupt() } catch {
      throw RPCError(error, endpoint: engine.state.endpoint)
    }
    let session = call.session.id
    let request = call.id
    let endpoint = engine.state.endpoint
    let onProgress = progress(of: build)
    let push = BuildID("push-\(RandomID.make())")
    call.session.pending[request] = .push(build, push, interrupt)
    if build.pushes == 0 { build.progress.clear() }
    build.pushes += 1
    waitingPushes[push] = { [self] in
      pushers.run { [self] in
        let answer: Result<[BuildResult.Tag], RPCError>
        do throws(RPCError) {
          let client = try engine.connect(interrupt: interrupt)
          let publication = Publication(
            imageID: imageID, tags: tags, pushes: true, logins: params.registryAuth, client: client,
            endpoint: endpoint, interrupt: interrupt, onProgress: onProgress)
          answer = .success(publication.pushOnly())
        } catch { answer = .failure(error) }
        onLoop { $0.pushed(push, of: params.buildID, answer, request, session) }
      }
    }
    begin(publications.requested(push, Set(tags.map(\.full))))
    return .later
  }

  /// Nobody waits for the push any more.
  func leavePush(_ push: BuildID, of build: BuildRecord, _ interrupt: Interrupt) {
    interrupt.fire()
    // The request is out of its session by then.
    onLoop { $0.endIfIdle() }
    guard waitingPushes.removeValue(forKey: push) != nil else { return }
    ended(push, of: build.id.text)
  }

  /// The image, and those of its tags that are meant.
  private func pushable(
    _ params: BuildPush.Params, _ build: BuildRecord
  ) throws(RPCError) -> (imageID: String, tags: [ImageReference]) {
    guard let result = build.result, build.state.isFinal else {
      throw RPCError(
        .invalidParams, "Build \(params.buildID.prefix(64)) has no image to push.",
        hint: build.state.isFinal ? nil : "Wait for its end.",
        detail: ["path": "/buildId", "expected": "a build that succeeded"])
    }
    let own = result.tags.map(\.tag)
    var tags: [ImageReference] = []
    for name in params.tags ?? own {
      let tag: ImageReference
      do throws(ImageReferenceError) { tag = try ImageReference(name).withDefaultTag } catch {
        throw RPCError(.invalidParams, error.explanation, detail: ["path": "/tags", "expected": "references"])
      }
      guard own.contains(tag.familiar) else {
        throw RPCError(
          .invalidParams, "\(name) is not a tag of this build.",
          detail: ["path": "/tags", "expected": "tags of the build"])
      }
      tags.append(tag)
    }
    guard !tags.isEmpty else {
      throw RPCError(
        .invalidParams, "The build has no tags.", hint: "Build with tags.",
        detail: ["path": "/tags", "expected": "tags of the build"])
    }
    return (result.imageID, tags)
  }

  /// The push is out of the queue, and those who watched it see its end.
  private func ended(_ push: BuildID, of id: String) {
    begin(publications.finished(push))
    guard let build = builds[id] else { return }
    build.pushes -= 1
    for session in Set(build.subscriptions.values) {
      if let session = sessions[session] { serveSoon(session) }
    }
  }

  private func pushed(
    _ push: BuildID, of id: String, _ answer: Result<[BuildResult.Tag], RPCError>, _ request: RPCID,
    _ sessionID: SessionID
  ) {
    ended(push, of: id)
    if case .success(let tags) = answer, let build = builds[id] { note(tags, in: build) }
    // The id may belong to another request by now.
    guard let session = sessions[sessionID], case .push(_, let current, _)? = session.pending[request], current == push
    else { return }
    session.pending[request] = nil
    switch answer {
    case .success(let tags):
      session.send(RPCEncoder.result(BuildPush.Result(tags: traced(tags)).json, id: request), .data)
    case .failure(let error): send(error, to: request, of: session)
    }
    serveSoon(session)
    endIfIdle()
  }

  /// What the registry has now is part of the build's result.
  private func note(_ pushed: [BuildResult.Tag], in build: BuildRecord) {
    for tag in pushed where tag.ok {
      guard let index = build.result?.tags.firstIndex(where: { $0.tag == tag.tag }) else { continue }
      build.result?.tags[index] = tag
    }
  }
}
