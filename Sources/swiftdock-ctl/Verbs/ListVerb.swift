internal import JSON
internal import SwiftDockClient
internal import SwiftDockProtocol

enum ListVerb: Verb {
  static let name = "ls"
  static let operands = ""
  static let summary = "builds that run or wait"
  static let all = Option("--all", short: "-a", "those that have ended, too")
  static let everyone = Option("--everyone", "those of other users, too")
  static let options = [all, everyone]

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    _ = try operands(arguments)
    var connection = try connect(arguments)
    var builds: [Build] = []
    var cursor: String?
    repeat {
      let page = try connection.ask(
        BuildList.self,
        .init(
          scope: arguments.has(everyone) ? .all : .mine,
          states: arguments.has(all) ? nil : BuildState.allCases.filter { !$0.isFinal },
          limit: BuildList.pageLimit, cursor: cursor))
      builds += page.builds
      cursor = page.nextCursor
    } while cursor != nil
    if arguments.has(.json) {
      Output.results.json(["builds": .array(builds.map(\.json))])
    } else {
      for line in table(builds, nowMs: WallClock.nowMs()) { Output.results.line(line) }
    }
    return .done
  }

  /// - Parameter nowMs: since the epoch.
  static func table(_ builds: [Build], nowMs: Int) -> [String] {
    let rows =
      [["BUILD", "STATE", "AGE", "STEPS", "TAGS"]]
      + builds.map { build in
        let steps = build.steps.total.map { "\(build.steps.done)/\($0)" } ?? "\(build.steps.done)"
        return [
          String(build.buildID.prefix(12)), state(build), ElapsedTime.text(ms: nowMs - build.createdAtMs), steps,
          build.tags.joined(separator: " "),
        ]
      }
    return Columns.aligned(rows)
  }

  private static func state(_ build: Build) -> String {
    switch build.state {
    case .queued: build.queuePosition.map { "queued (\($0))" } ?? "queued"
    case .running where build.participants > 1: "running, shared"
    case let state: state.rawValue
    }
  }
}
