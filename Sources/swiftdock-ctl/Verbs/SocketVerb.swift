internal import JSON
internal import SwiftDockClient

enum SocketVerb: Verb {
  static let name = "socket"
  static let operands = ""
  static let summary = "the path of the broker's socket; starts a broker where none runs"
  static let options = [Option.noStart]

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    _ = try operands(arguments)
    let broker = try connectOrStart(arguments).broker
    if arguments.has(.json) {
      Output.results.json(["socket": .string(broker.path), "pid": .integer(Int64(broker.pid))])
    } else {
      Output.results.line(broker.path)
    }
    return .done
  }
}
