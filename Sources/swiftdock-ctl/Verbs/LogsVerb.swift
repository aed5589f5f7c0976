internal import JSON
internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

enum LogsVerb: Verb {
  static let name = "logs"
  static let operands = "BUILD"
  static let summary = "a build's log, from the first line"
  static let follow = Option("--follow", short: "-f", "goes on until the build has ended")
  static let from = Option("--from", value: "N", "begins at event N")
  static let options = [follow, from]

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    let name = try operands(arguments, "a build")[0]
    var connection = try connect(arguments)
    let id = try BuildName.resolve(name, &connection)
    let params = LogsSubscribe.Params(
      buildID: id, from: try start(arguments), follow: arguments.has(follow))
    _ = try connection.ask(LogsSubscribe.self, params)
    var progress = PlainProgress()
    do throws(ClientError) {
      while true {
        switch try connection.next() {
        case .message(.notification(LogsEvent.name, let params)):
          for event in try events(params) {
            if arguments.has(.json) {
              Output.results.json(event.json)
            } else {
              Output.results.write(progress.render(event))
            }
          }
        case .message(.notification(LogsEnd.name, _)):
          Output.results.write(progress.closeLine())
          return .done
        case .message, .woken: break
        case .ended: throw .connectionLost
        }
      }
    } catch {
      throw .client(error)
    }
  }

  private static func start(_ arguments: ParsedArguments) throws(ProgramError) -> Int {
    guard let text = arguments.value(of: from) else { return 1 }
    guard let number = Int(text), number >= 1 else { throw .usage("--from takes a number from 1, not \"\(text)\"") }
    return number
  }

  private static func events(_ params: JSONObject) throws(ClientError) -> [LogEvent] {
    do throws(ShapeError) {
      return try LogsEvent(received: params).events
    } catch {
      throw .answerInvalid("\(LogsEvent.name): \(error.path) is no \(error.expected)")
    }
  }
}
