internal import JSON
internal import JSONRPC
internal import SwiftDockClient
internal import SwiftDockProtocol

enum BuildVerb: Verb {
  static let name = "build"
  static let operands = "PATH|-"
  static let summary =
    "builds the image of a directory, or of an archive or Dockerfile on standard input; prints its id"
  static let options = BuildOptions.all + [Option.noStart]
  static let foreignOptions = DockerFlags.ofBuild

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    let options = try BuildOptions(arguments, environment: LocalFile.environment)
    let files = try ResultFiles(options)
    var connection = try connectOrStart(arguments)
    let source = try BuildSource.find(directory: options.directory, file: options.file, mustStay: options.survives)
    var params = options.params(source)
    let registries = NamedRegistries(
      dockerfile: source.dockerfileBytes, params: params, pushed: options.push ? options.tags : [])
    params.registryAuth = Logins.find(registries, environment: ProcessEnvironment.variables) { warning in
      if options.progress == .json {
        Output.messages.json(["message": .string(warning)])
      } else {
        Output.messages.line("WARNING: \(warning)")
      }
    }
    guard !options.isDetached else { return try detach(params, arguments, &connection) }
    guard let followed = try follow(params, options, source.signals, &connection) else { return .cancelled }
    let report = BuildReport(followed.build, followed.failedSteps, options)
    try report.write(source, asJSON: arguments.has(.json), &connection)
    try files.write(followed.build)
    return ExitCode(followed.build)
  }

  private static func detach(
    _ params: BuildParams, _ arguments: ParsedArguments, _ connection: inout BrokerConnection
  ) throws(ProgramError) -> ExitCode {
    guard case .accepted(let accepted) = try connection.ask(BuildMethod.self, params) else {
      throw .client(.answerInvalid("an answer to build after its end"))
    }
    if arguments.has(.json) {
      Output.results.json(accepted.json)
    } else {
      Output.results.line(accepted.buildID)
    }
    return .done
  }

  /// The build when it has ended; nil where the user left before.
  private static func follow(
    _ params: BuildParams, _ options: BuildOptions, _ which: Interrupts.Signals, _ connection: inout BrokerConnection
  ) throws(ProgramError) -> (build: Build, failedSteps: FailedSteps)? {
    let signals = try Interrupts(which)
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
          case .leave: return nil
          case .end(let build): return (build, conversation.failedSteps)
          }
        }
      }
    } catch {
      throw .client(error)
    }
  }
}

/// The files that the command line asks for.
private struct ResultFiles {
  private let iidFile: ResultFile?
  private let metadataFile: ResultFile?

  init(_ options: BuildOptions) throws(ProgramError) {
    iidFile = if let path = options.iidFile { try ResultFile(path) } else { nil }
    metadataFile = if let path = options.metadataFile { try ResultFile(path) } else { nil }
  }

  func write(_ build: Build) throws(ProgramError) {
    guard build.state == .succeeded, let result = build.result else { return }
    try iidFile?.write(Array(result.imageID.utf8))
    try metadataFile?.write(JSONWriter.bytes(of: BuildMetadata.json(build, result)) + [0x0A])
  }
}
