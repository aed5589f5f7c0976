internal import JSON
internal import SwiftDockClient
internal import SwiftDockProtocol

enum ExplainVerb: Verb {
  static let name = "explain"
  static let operands = "BUILD [OTHER]"
  static let summary = "why a build was not a repeat of the one before of its directory, or of OTHER"

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    let names = arguments.operands
    guard let name = names.first else { throw .usage("explain needs a build") }
    guard names.count <= 2 else { throw .usage("explain does not take \"\(names[2])\"") }
    var connection = try connect(arguments)
    let id = try BuildName.resolve(name, &connection)
    var against: String?
    if names.count == 2 { against = try BuildName.resolve(names[1], &connection) }
    let result = try connection.ask(BuildExplain.self, .init(buildID: id, against: against))
    if arguments.has(.json) {
      Output.results.json(result.json)
    } else {
      for line in Explanation.lines(result, nowMs: WallClock.nowMs()) { Output.results.line(line) }
    }
    return .done
  }
}
