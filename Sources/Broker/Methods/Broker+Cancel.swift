internal import BuildScheduling
internal import EventLoop
internal import Glibc
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// `cancel`: takes a build out of its execution, or with an execution's id (for admins) all of its builds.
  func cancel(_ params: Cancel.Params, _ session: Session) throws(RPCError) -> Cancel.Result {
    switch params.subject {
    case .build(let id):
      let build = try find(id, for: session)
      return leave(build: build.id.text, by: .owner, reason: params.reason)
    case .execution(let id):
      guard session.peer.uid == 0 || session.peer.uid == geteuid() else {
        throw RPCError(
          .notOwner, "Only an admin may cancel an execution.", hint: "Cancel your own build by its buildId.")
      }
      guard params.reason != nil else { throw RPCError(ShapeError(path: "/reason", expected: "why it is cancelled")) }
      let execution = ExecutionID(id)
      guard let record = executions[execution] else {
        throw RPCError(.buildNotFound, "There is no execution \(id.prefix(64)).")
      }
      var last = Cancel.Result(outcome: .alreadyFinished, participantsLeft: 0)
      for build in record.builds where !build.state.isFinal {
        last = leave(build: build.id.text, by: .admin, reason: params.reason)
      }
      return last
    }
  }

  /// Every way in which a caller's build ends early comes here.
  func leave(build id: String, by leaver: Leaver, reason: String?) -> Cancel.Result {
    guard let build = builds[id] else { return Cancel.Result(outcome: .alreadyFinished, participantsLeft: 0) }
    let (answer, actions) = table.cancelled(build.id, by: leaver)
    if answer != .alreadyFinished, build.cancelReason == nil { build.cancelReason = reason }
    if answer == .stopping, build.state != .cancelling {
      build.state = .cancelling
      changed(build)
    }
    perform(actions)
    switch answer {
    // Nothing goes on where nobody is left, though it did not come to the Engine's stopping anything.
    case .left(let others): return Cancel.Result(outcome: others == 0 ? .stopping : .left, participantsLeft: others)
    case .stopping: return Cancel.Result(outcome: .stopping, participantsLeft: 0)
    case .alreadyFinished: return Cancel.Result(outcome: .alreadyFinished, participantsLeft: 0)
    }
  }
}
