internal import JSON
internal import SwiftDockClient
internal import SwiftDockProtocol

enum CancelVerb: Verb {
  static let name = "cancel"
  static let operands = "BUILD…"
  static let summary = "cancels builds"

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    guard !arguments.operands.isEmpty else { throw .usage("cancel needs a build") }
    var connection = try connect(arguments)
    for name in arguments.operands {
      let id = try BuildName.resolve(name, &connection)
      let result = try connection.ask(Cancel.self, .init(.build(id)))
      if arguments.has(.json) {
        var line: JSONObject = ["buildId": .string(id)]
        for member in result.members.members { line[member.name] = member.value }
        Output.results.json(.object(line))
      } else {
        Output.results.line("\(id) \(words(for: result))")
      }
    }
    return .done
  }

  private static func words(for result: Cancel.Result) -> String {
    switch result.outcome {
    case .left: "left; \(result.participantsLeft) others go on with its work"
    case .stopping: "is stopping"
    case .alreadyFinished: "had ended already"
    }
  }
}
