internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

enum StatusVerb: Verb {
  static let name = "status"
  static let operands = ""
  static let summary = "the broker's state"

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    _ = try operands(arguments)
    var connection = try connect(arguments)
    let status = try connection.ask(BrokerStatus.self, NoParams())
    if arguments.has(.json) {
      Output.results.json(status.json)
    } else {
      for line in lines(status) { Output.results.line(line) }
    }
    return .done
  }

  static func lines(_ status: BrokerStatus.Result) -> [String] {
    let engine = status.engine
    let engineVersion = engine.version.map { " \($0)" } ?? ""
    let api = engine.apiVersion.map { ", API \($0)" } ?? ""
    var lines = [
      "broker   swiftdockd \(status.version), pid \(status.pid), up \(ElapsedTime.text(ms: status.uptimeMs))"
        + (status.draining ? ", about to stop" : "") + (status.binaryReplaced ? ", its program was replaced" : ""),
      "engine   \(engine.state.rawValue) at \(engine.endpoint)\(engineVersion)\(api), builder \(engine.builder.rawValue)",
      "builds   \(status.builds.running) running, \(status.builds.queued) queued, \(status.builds.receiving) receiving",
      "clients  \(status.connections) connections, \(status.subscriptions) subscriptions",
      "disk     \(ByteCount.text(status.spoolBytes))",
    ]
    if let error = engine.lastError { lines.insert("         \(error.message)", at: 2) }
    return lines
  }
}
