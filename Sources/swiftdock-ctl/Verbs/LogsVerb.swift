internal import Glibc
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
    var printer = LogPrinter(to: .results, asJSON: arguments.has(.json), from: try start(arguments))
    var connection = try connect(arguments)
    let id = try BuildName.resolve(name, &connection)
    while true {
      do throws(ClientError) {
        try printer.print(id, follow: arguments.has(follow), &connection)
        return .done
      } catch {
        guard error == .connectionLost, arguments.has(follow) else { throw .client(error) }
      }
      printer.closeLine()
      Output.messages.line("The broker went away; waiting for it to come back.")
      connection = try reconnect(arguments)
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
}
