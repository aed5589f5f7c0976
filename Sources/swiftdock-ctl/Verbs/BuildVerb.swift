internal import JSON
internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

enum BuildVerb: Verb {
  static let name = "build"
  static let operands = "PATH"
  static let summary = "builds the image of a directory and prints its id"
  static let options = BuildOptions.all

  private static let dockerfileLimit = 1 << 20

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    let options = try BuildOptions(arguments, environment: LocalFile.environment)
    let paths = try ContextPaths(directory: options.directory, file: options.file)
    let params = options.params(context: paths.directory, dockerfile: paths.dockerfile ?? "Dockerfile")
    var connection = try connect(arguments)
    let signals = try Interrupts()
    do throws(ClientError) {
      let requestID = try connection.send(BuildMethod.self, params)
      var conversation = BuildConversation(requestID: requestID, mode: options.progress)
      while true {
        let actions: [BuildConversation.Action]
        switch try connection.next(orWakenBy: signals.descriptor) {
        case .message(let message): actions = try conversation.received(message)
        case .woken: actions = signals.take() ? conversation.interrupted() : []
        case .ended: throw .connectionLost
        }
        for action in actions {
          switch action {
          case .say(let text): Output.messages.line(text)
          case .show(let text): Output.messages.write(text)
          case .showJSON(let json): Output.messages.json(json)
          case .cancel(let buildID):
            conversation.cancelSent(try connection.send(Cancel.self, .init(.build(buildID), reason: "interrupted")))
          case .refused(let error): throw .refused(error)
          case .leave: return .cancelled
          case .end(let build):
            report(build, arguments, options.progress, paths, conversation.failedSteps)
            return ExitCode(build)
          }
        }
      }
    } catch {
      throw .client(error)
    }
  }

  private static func report(
    _ build: Build, _ arguments: ParsedArguments, _ mode: ProgressMode, _ paths: ContextPaths,
    _ failedSteps: FailedSteps
  ) {
    switch mode {
    case .json: Output.messages.json(["result": build.json])
    case .none: explainFailure(of: build, paths, failedSteps)
    case .auto, .plain:
      for tag in build.result?.tags ?? [] where tag.ok { Output.messages.line("tagged \(tag.tag)") }
      explainFailure(of: build, paths, failedSteps)
    }
    if arguments.has(.json) {
      Output.results.json(build.json)
    } else if build.state == .succeeded, let image = build.result?.imageID {
      Output.results.line(image)
    }
  }

  private static func explainFailure(of build: Build, _ paths: ContextPaths, _ failedSteps: FailedSteps) {
    guard let error = build.error else { return }
    let stepID = error.detail?["stepId"]?.stringValue
    let report = FailureReport(
      error: error, dockerfileName: build.dockerfile,
      dockerfile: LocalFile.read(paths.localDockerfile, limit: dockerfileLimit), step: failedSteps.step(stepID))
    for line in report.lines { Output.messages.line(line) }
    if error.detail?["mayStillRun"] == .bool(true) {
      Output.messages.line("The Engine did not confirm the end: a step may still be running.")
    }
  }
}
