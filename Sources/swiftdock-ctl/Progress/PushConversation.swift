internal import JSON
internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

/// What is said and done while tags are pushed: decides, for each message and each Ctrl-C, what follows.
struct PushConversation {
  enum Action: Equatable {
    case say(String)
    case show([UInt8])
    /// Send `$/cancelRequest` for the push.
    case cancel
    case end(BuildPush.Result)
    case refused(RPCError)
    /// Go at once, without waiting for the end.
    case leave
  }

  private let requestID: RPCID
  private let startMs: Int
  private var interrupts = 0
  private var progress = PlainProgress()

  /// - Parameter startMs: since the epoch. The broker still knows how far earlier pushes of the build came.
  init(requestID: RPCID, startMs: Int) {
    self.requestID = requestID
    self.startMs = startMs
  }

  mutating func received(_ message: ServerMessage) throws(ClientError) -> [Action] {
    switch message {
    case .result(let json, id: requestID): return [.end(try BrokerConnection.result(of: BuildPush.self, json))]
    case .error(let error, id: requestID), .error(let error, id: nil): return [.refused(error)]
    case .notification(BuildProgress.name, let params):
      do throws(ShapeError) {
        let items = try BuildProgress(received: params).items.filter { $0.timeMs >= startMs }
        let text = items.flatMap { progress.render($0) }
        return text.isEmpty ? [] : [.show(text)]
      } catch {
        throw .answerInvalid("\(BuildProgress.name): \(error.path) is no \(error.expected)")
      }
    // The subscription is there for the progress alone.
    case .notification, .result, .error: return []
    }
  }

  /// Ctrl-C, or a wish to end from elsewhere.
  mutating func interrupted() -> [Action] {
    interrupts += 1
    return interrupts == 1 ? [.say("Stopping the push. Ctrl-C again leaves at once."), .cancel] : [.leave]
  }
}
