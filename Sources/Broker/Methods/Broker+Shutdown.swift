internal import SwiftDockProtocol

extension Broker {
  /// `broker.shutdown`: only the broker's own user and root have connections, and both may. The connections end after
  /// the answer.
  func shutDown(_ params: BrokerShutdown.Params) -> BrokerShutdown.Result {
    shutDown(params.mode, within: .milliseconds(params.timeoutMs))
    return BrokerShutdown.Result()
  }
}
