internal import JSON
internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

enum PushVerb: Verb {
  static let name = "push"
  static let operands = "BUILD [TAG…]"
  static let summary = "pushes the names of a build's image, or some of them, to their registries"

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    guard let name = arguments.operands.first else { throw .usage("push needs a build") }
    let chosen = Array(arguments.operands.dropFirst())
    var connection = try connect(arguments)
    let id = try BuildName.resolve(name, &connection)
    let build = try connection.ask(BuildGet.self, .init(buildID: id))
    guard let result = build.result else {
      throw .local(
        "Build \(id) has no image to push: \(build.state.isFinal ? "it \(build.state.rawValue)" : "it has not ended").")
    }
    let tags = chosen.isEmpty ? result.tags.map(\.tag) : chosen
    guard !tags.isEmpty else { throw .local("Build \(id) has no names to push its image to: build with --tag NAME") }
    let logins = Logins.find(NamedRegistries(tags: tags), environment: ProcessEnvironment.variables) {
      Output.messages.line("WARNING: \($0)")
    }
    let signals = try Interrupts()
    let params = BuildPush.Params(buildID: id, tags: chosen.isEmpty ? nil : chosen, registryAuth: logins)
    let startMs = WallClock.nowMs()
    do throws(ClientError) {
      let requestID = try connection.send(BuildPush.self, params)
      _ = try connection.send(LogsSubscribe.self, .init(buildID: id, from: build.lastSeq + 1, progress: true))
      var conversation = PushConversation(requestID: requestID, startMs: startMs)
      while true {
        let actions: [PushConversation.Action]
        switch try connection.next(orWakenBy: signals.descriptor) {
        case .message(let message): actions = try conversation.received(message)
        case .woken: actions = signals.take() ? conversation.interrupted() : []
        case .ended: throw .connectionLost
        }
        for action in actions {
          switch action {
          case .say(let text): Output.messages.line(text)
          case .show(let text): Output.messages.write(text)
          case .cancel: try connection.cancelRequest(requestID)
          case .refused(let error): throw .refused(error)
          case .leave: return .cancelled
          case .end(let result):
            report(result, asJSON: arguments.has(.json))
            return result.tags.allSatisfy(\.ok) ? .done : .failed
          }
        }
      }
    } catch {
      throw .client(error)
    }
  }

  private static func report(_ result: BuildPush.Result, asJSON: Bool) {
    if asJSON { Output.results.json(result.json) }
    for tag in result.tags {
      if !tag.ok {
        Output.messages.line(TagLines.text(tag))
      } else if !asJSON {
        Output.results.line(TagLines.text(tag))
      }
    }
  }
}
