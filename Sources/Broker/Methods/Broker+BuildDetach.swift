internal import BuildScheduling
internal import EventLoop
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// `build.detach`: any connection of the owner may say so, also while the grace time after the loss of the build's
  /// own is running.
  func detach(_ params: BuildDetach.Params, _ session: Session) throws(RPCError) -> Build {
    let build = try find(params.buildID, for: session)
    if !build.state.isFinal, build.params.onDisconnect != .keep {
      build.params.onDisconnect = .keep
      attach(build, to: nil)
      changed(build)
    }
    return describe(build)
  }

  /// Makes the build's life depend on this connection, or on none.
  func attach(_ build: BuildRecord, to session: Session?) {
    build.graceTimer.map(loop.cancel)
    build.graceTimer = nil
    if let former = build.attachedTo.flatMap({ sessions[$0] }) {
      former.attached.remove(build.id.text)
      serveSoon(former)
    }
    build.attachedTo = session?.id
    session?.attached.insert(build.id.text)
  }
}
