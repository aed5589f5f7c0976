internal import BuildContext
internal import DockerEngine
internal import EventLoop
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// `context.digest`: reads the context as a build would, and answers with what it is known by.
  func digest(
    _ params: ContextDigestMethod.Params, _ call: Call
  ) throws(RPCError) -> Answer<ContextDigestMethod.Result> {
    let files = params.files
    let input = try input(files.context, of: call)
    let interrupt: Interrupt
    do throws(EngineError) { interrupt = try Interrupt() } catch {
      throw RPCError(error, endpoint: engine.state.endpoint)
    }
    let builder = params.builder == .auto ? engine.state.builder : params.builder
    let reader = contextReader
    let (session, request) = (call.session.id, call.id)
    call.session.pending[request] = .digest(interrupt)
    (input.isReceived ? receivers : readers).run { [self] in
      let result: Result<ContextDigestMethod.Result, RPCError>
      do throws(RPCError) {
        let snapshot = try reader.snapshot(
          of: input, dockerfile: files.dockerfile, text: files.dockerfileText,
          walker: builder == .classic ? .classic : .buildKit, isToBeSent: false, interrupt: interrupt)
        result = .success(ContextDigestMethod.Result(snapshot))
      } catch { result = .failure(error) }
      onLoop { $0.answerReading(request, session, interrupt, result) }
    }
    return .later
  }

  func answerReading(
    _ request: RPCID, _ id: SessionID, _ interrupt: Interrupt, _ result: Result<some WireValue, RPCError>
  ) {
    // Who cancelled the request was answered then, and the id may belong to another one by now.
    guard let session = sessions[id], case .digest(let current)? = session.pending[request], current === interrupt
    else { return }
    session.pending[request] = nil
    switch result {
    case .success(let result): session.send(RPCEncoder.result(result.json, id: request))
    case .failure(let error): send(error, to: request, of: session)
    }
    settle(session)
  }
}

extension ContextDigestMethod.Result {
  fileprivate init(_ snapshot: ContextSnapshot) {
    self.init(
      contextDigest: snapshot.digest.description, files: snapshot.fileCount, sizeBytes: Int(snapshot.contentBytes))
  }
}
