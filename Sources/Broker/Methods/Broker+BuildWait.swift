internal import EventLoop
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// `build.wait`: answers when the build has ended, or with `timedOut` when the time is over.
  func wait(_ params: BuildWait.Params, _ call: Call) throws(RPCError) -> Answer<BuildWait.Result> {
    let build = try find(params.buildID, for: call.session)
    guard !build.state.isFinal else { return .now(BuildWait.Result(build: describe(build))) }
    let session = call.session.id
    let request = call.id
    let timer = params.timeoutMs.map { timeout in
      loop.schedule(after: .milliseconds(timeout)) { [self] in
        assumeIsolated { $0.waitTimedOut(request, session) }
      }
    }
    call.session.pending[request] = .buildWait(build, timer: timer)
    build.waiters.append(BuildRecord.Waiter(session: session, request: request))
    return .later
  }

  private func waitTimedOut(_ request: RPCID, _ id: SessionID) {
    guard let session = sessions[id], case .buildWait(let build, _)? = session.pending.removeValue(forKey: request)
    else { return }
    build.waiters.removeAll { $0.session == id && $0.request == request }
    session.send(RPCEncoder.result(BuildWait.Result(build: describe(build), timedOut: true).json, id: request))
    settle(session)
  }
}
