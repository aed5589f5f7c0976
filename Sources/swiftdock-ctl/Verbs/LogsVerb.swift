internal import Glibc
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

  /// How long a broker that went away is waited for, and how often it is looked for.
  private static let patienceMs = 60_000
  private static let pauseMs = 250

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    let name = try operands(arguments, "a build")[0]
    var nextSeq = try start(arguments)
    var connection = try connect(arguments)
    let id = try BuildName.resolve(name, &connection)
    var progress = PlainProgress()
    while true {
      do throws(ClientError) {
        let params = LogsSubscribe.Params(buildID: id, from: nextSeq, follow: arguments.has(follow))
        _ = try connection.call(LogsSubscribe.self, params)
        try print(&connection, &progress, &nextSeq, asJSON: arguments.has(.json))
        return .done
      } catch {
        guard error == .connectionLost, arguments.has(follow) else { throw .client(error) }
      }
      Output.results.write(progress.closeLine())
      Output.messages.line("The broker went away; waiting for it to come back.")
      connection = try reconnect(arguments)
    }
  }

  /// Prints what comes until the end of the log. `nextSeq` is kept at the first event that was not printed.
  private static func print(
    _ connection: inout BrokerConnection, _ progress: inout PlainProgress, _ nextSeq: inout Int, asJSON: Bool
  ) throws(ClientError) {
    while true {
      switch try connection.next() {
      case .message(.notification(LogsEvent.name, let params)):
        let news = try notification(LogsEvent.self, params)
        for event in news.events {
          if asJSON {
            Output.results.json(event.json)
          } else {
            Output.results.write(progress.render(event))
          }
        }
        nextSeq = news.nextSeq
      case .message(.notification(LogsEnd.name, let params)):
        // A broker that stops ends its subscriptions; the log goes on with the next one.
        guard try notification(LogsEnd.self, params).reason != .shutdown else { throw .connectionLost }
        Output.results.write(progress.closeLine())
        return
      case .message, .woken: break
      case .ended: throw .connectionLost
      }
    }
  }

  private static func reconnect(_ arguments: ParsedArguments) throws(ProgramError) -> BrokerConnection {
    for _ in 0..<(patienceMs / pauseMs) {
      do throws(ProgramError) {
        return try connect(arguments)
      } catch {
        switch error {
        case .client(.notRunning), .client(.nobodyListens): _ = poll(nil, 0, Int32(pauseMs))
        default: throw error
        }
      }
    }
    return try connect(arguments)
  }

  private static func start(_ arguments: ParsedArguments) throws(ProgramError) -> Int {
    guard let text = arguments.value(of: from) else { return 1 }
    guard let number = Int(text), number >= 1 else { throw .usage("--from takes a number from 1, not \"\(text)\"") }
    return number
  }

  private static func notification<News: ProtocolNotification>(
    _: News.Type, _ params: JSONObject
  ) throws(ClientError) -> News {
    do throws(ShapeError) {
      return try News(received: params)
    } catch {
      throw .answerInvalid("\(News.name): \(error.path) is no \(error.expected)")
    }
  }
}
