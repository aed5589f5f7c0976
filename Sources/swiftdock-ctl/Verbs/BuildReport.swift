internal import JSON
internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

/// The last words about a build that has ended: its tags, its failure, its image.
struct BuildReport {
  private let build: Build
  private let failedSteps: FailedSteps
  private let mode: ProgressMode
  private let isQuiet: Bool

  init(_ build: Build, _ failedSteps: FailedSteps, _ options: BuildOptions) {
    self.build = build
    self.failedSteps = failedSteps
    mode = options.progress
    isQuiet = options.isQuiet
  }

  /// - Parameters:
  ///   - source: for the place in the Dockerfile.
  ///   - connection: for the log of a quiet build that failed.
  func write(
    _ source: borrowing BuildSource, asJSON: Bool, _ connection: inout BrokerConnection
  ) throws(ProgramError) {
    if mode == .json {
      Output.messages.json(["result": build.json])
    } else {
      if isQuiet, hasTellingLog { try writeLog(&connection) }
      let showsTags = mode != .none || build.state == .failed
      for tag in build.result?.tags ?? [] where showsTags { Output.messages.line(TagLines.text(tag)) }
      for line in failure(source) { Output.messages.line(line) }
    }
    if asJSON {
      Output.results.json(build.json)
    } else if build.state == .succeeded, let image = build.result?.imageID {
      Output.results.line(image)
    }
  }

  /// Whether the log says more than the error: not of what ended before the Engine worked, or after it.
  private var hasTellingLog: Bool {
    build.state == .failed && build.result == nil && build.lastSeq > 0
  }

  private func writeLog(_ connection: inout BrokerConnection) throws(ProgramError) {
    var printer = LogPrinter(to: .messages)
    do throws(ClientError) {
      try printer.print(build.buildID, follow: false, &connection)
    } catch { throw .client(error) }
  }

  private func failure(_ source: borrowing BuildSource) -> [String] {
    guard var error = build.error else { return [] }
    // Each tag has a line of its own.
    if error.name == ErrorKind.publishFailed.name { error.causes = [] }
    let stepID = error.detail?["stepId"]?.stringValue
    let report = FailureReport(
      error: error, dockerfileName: build.dockerfile, dockerfileTitle: source.text?.origin,
      dockerfile: source.dockerfileBytes, step: isQuiet ? nil : failedSteps.step(stepID))
    let mayStillRun = error.detail?["mayStillRun"] == .bool(true)
    return report.lines
      + (mayStillRun ? ["The Engine did not confirm the end: a step may still be running."] : [])
  }
}
