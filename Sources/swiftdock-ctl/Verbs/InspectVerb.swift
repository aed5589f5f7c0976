internal import JSON
internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

enum InspectVerb: Verb {
  static let name = "inspect"
  static let operands = "BUILD"
  static let summary = "all that is known of a build"

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    let name = try operands(arguments, "a build")[0]
    var connection = try connect(arguments)
    let id = try BuildName.resolve(name, &connection)
    let build = try connection.ask(BuildGet.self, .init(buildID: id))
    if arguments.has(.json) {
      Output.results.json(build.json)
    } else {
      for line in Columns.aligned(rows(build)) { Output.results.line(line) }
    }
    return .done
  }

  static func rows(_ build: Build) -> [[String]] {
    var rows = [["build", build.buildID], ["state", build.state.rawValue]]
    func add(_ name: String, _ value: String?) { if let value { rows.append([name, value]) } }
    add("error", build.error.map { "\($0.message) (\($0.name))" })
    add("image", build.result?.imageID)
    add("size", build.result?.sizeBytes.map(ByteCount.text))
    for tag in build.result?.tags ?? [] {
      let digest = tag.digest.map { ", pushed as " + $0 } ?? ""
      add("tag", tag.error.map { "\(tag.tag): \($0.message)" } ?? tag.tag + digest)
    }
    if build.result == nil { for tag in build.tags { add("tag", tag) } }
    add("queue", build.queuePosition.map { "number \($0)" })
    add("steps", build.steps.total.map { "\(build.steps.done) of \($0)" } ?? "\(build.steps.done)")
    add("dockerfile", build.dockerfile)
    add("target", build.target)
    add("platform", build.platform)
    add("network", build.network.rawValue)
    add("context", build.contextDigest)
    add("context size", build.contextBytes.map(ByteCount.text))
    add("execution", build.executionID)
    add("shared by", build.participants > 1 ? "\(build.participants) builds" : nil)
    add("user", String(build.ownerUID))
    if let start = build.startedAtMs, let end = build.finishedAtMs { add("took", ElapsedTime.text(ms: end - start)) }
    for annotation in build.annotations { add("annotation", "\(annotation.name)=\(annotation.value)") }
    return rows
  }
}
