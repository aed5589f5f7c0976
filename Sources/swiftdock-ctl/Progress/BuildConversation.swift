internal import JSON
internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

/// What is said and done while a build runs: decides, for each message and each Ctrl-C, what follows.
struct BuildConversation {
  enum Action: Equatable {
    /// A line about the build.
    case say(String)
    /// Text of the progress; may end within a line.
    case show([UInt8])
    case showJSON(JSONValue)
    /// Send `cancel`, and tell its request's id with `cancelSent`.
    case cancel(buildID: String)
    case end(Build)
    case refused(RPCError)
    /// Go at once, without waiting for the end.
    case leave
  }

  private let requestID: RPCID
  private let mode: ProgressMode
  private var cancelID: RPCID?
  private var buildID: String?
  private var interrupts = 0
  private var progress = PlainProgress()
  private var lastNews: String?
  private(set) var failedSteps = FailedSteps()

  init(requestID: RPCID, mode: ProgressMode) {
    self.requestID = requestID
    self.mode = mode
  }

  mutating func received(_ message: ServerMessage) throws(ClientError) -> [Action] {
    switch message {
    case .result(let json, id: requestID):
      guard case .ended(let build) = try BrokerConnection.result(of: BuildMethod.self, json) else {
        throw .answerInvalid("an answer to build before its end")
      }
      return closing([.end(build)])
    case .error(let error, id: requestID), .error(let error, id: nil):
      return closing([.refused(error)])
    case .result(let json, id: cancelID) where cancelID != nil:
      return said(Self.words(for: try BrokerConnection.result(of: Cancel.self, json)))
    case .error(let error, id: cancelID) where cancelID != nil:
      return said("The build could not be cancelled: \(error.message)")
    case .notification(let method, let params):
      do throws(ShapeError) {
        return try notified(method, params)
      } catch {
        throw .answerInvalid("\(method): \(error.path) is no \(error.expected)")
      }
    case .result, .error:
      return []
    }
  }

  /// Ctrl-C, or a wish to end from elsewhere.
  mutating func interrupted() -> [Action] {
    interrupts += 1
    guard interrupts == 1 else { return closing([.leave]) }
    return buildID.map { [.cancel(buildID: $0)] } ?? []
  }

  mutating func cancelSent(_ id: RPCID) { cancelID = id }

  private mutating func notified(_ method: String, _ params: JSONObject) throws(ShapeError) -> [Action] {
    let isNews = [LogsEvent.name, BuildStateChanged.name, BuildProgress.name, LogsEnd.name].contains(method)
    if mode == .json, isNews {
      if method == LogsEvent.name { for event in try LogsEvent(received: params).events { failedSteps.read(event) } }
      return [.showJSON(["method": .string(method), "params": .object(params)])]
    }
    switch method {
    case BuildAccepted.name:
      let accepted = try BuildAccepted(received: params)
      buildID = accepted.buildID
      let start = mode == .plain || mode == .auto ? said("build \(accepted.buildID)") : []
      return start + (interrupts > 0 ? [.cancel(buildID: accepted.buildID)] : [])
    case BuildStateChanged.name:
      return news(of: try BuildStateChanged(received: params).build)
    case LogsEvent.name:
      var text: [UInt8] = []
      for event in try LogsEvent(received: params).events {
        failedSteps.read(event)
        if mode != .none { text += progress.render(event) }
      }
      return text.isEmpty ? [] : [.show(text)]
    case BuildProgress.name:
      let text = mode == .none ? [] : try BuildProgress(received: params).items.flatMap { progress.render($0) }
      return text.isEmpty ? [] : [.show(text)]
    default:
      return []
    }
  }

  /// Says what the log does not: a place in the queue, and company.
  private mutating func news(of build: Build) -> [Action] {
    guard mode != .none else { return [] }
    let news: String? =
      switch build.state {
      case .queued: build.queuePosition.map { "waiting, number \($0) in the queue" }
      // Who else shares it may change all the time, and is for inspect to say.
      case .running where build.joined: "shares work that was already running"
      case .receiving, .running, .cancelling, .succeeded, .failed, .cancelled: nil
      }
    guard let news, news != lastNews else { return [] }
    lastNews = news
    return said(news)
  }

  private static func words(for result: Cancel.Result) -> String {
    switch result.outcome {
    case .left:
      "Left the build; it goes on for \(result.participantsLeft) other\(result.participantsLeft == 1 ? "" : "s")."
    case .stopping: "Stopping the build. Ctrl-C again leaves at once."
    case .alreadyFinished: "The build had ended already."
    }
  }

  private mutating func said(_ text: String) -> [Action] {
    mode == .json ? [.showJSON(["message": .string(text)])] : closing([.say(text)])
  }

  /// Puts what ends an open line before the actions.
  private mutating func closing(_ actions: [Action]) -> [Action] {
    let end = progress.closeLine()
    return end.isEmpty ? actions : [.show(end)] + actions
  }
}
