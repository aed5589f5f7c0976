internal import JSON
internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

enum WaitVerb: Verb {
  static let name = "wait"
  static let operands = "BUILD"
  static let summary = "waits for the end of a build and prints its image's id"

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    let name = try operands(arguments, "a build")[0]
    var connection = try connect(arguments)
    let id = try BuildName.resolve(name, &connection)
    let build = try connection.ask(BuildWait.self, .init(buildID: id)).build
    if arguments.has(.json) {
      Output.results.json(build.json)
    } else {
      if build.state == .succeeded, let image = build.result?.imageID { Output.results.line(image) }
      if let error = build.error { Output.messages.line("ERROR: \(error.message)") }
    }
    return ExitCode(build)
  }
}
