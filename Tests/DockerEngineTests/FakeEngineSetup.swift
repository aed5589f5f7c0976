import SwiftDockTestSupport
import Synchronization

@testable import DockerEngine

extension FakeEngine {
  /// A client that has agreed with the script on a version, and waits for less long than a real one.
  func client(
    product: EngineIdentity.Product = .docker, _ change: (inout EngineTimeouts) -> Void = { _ in }
  ) -> EngineClient {
    var timeouts = EngineTimeouts()
    timeouts.connect = .seconds(2)
    timeouts.answer = .seconds(10)
    change(&timeouts)
    let identity = EngineIdentity(product: product, serverVersion: "20.10.24", apiVersion: APIVersion(1, 41))
    return EngineClient(socketPath: socketPath, identity: identity, timeouts: timeouts)
  }
}

/// Events in the order in which they were handed out, by batches.
final class EventLog: Sendable {
  private let batches = Mutex<[[BuildEvent]]>([])

  func add(_ events: [BuildEvent]) { batches.withLock { $0.append(events) } }
  var all: [BuildEvent] { batches.withLock { Array($0.joined()) } }
  var batchSizes: [Int] { batches.withLock { $0.map(\.count) } }
}
