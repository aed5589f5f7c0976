internal import BuildContext
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
    var source = try BuildSource.find(directory: options.directory, file: options.file)
    var params = options.params(source)
    params.registryAuth = logins(params, source, options)
    do throws(ProgramError) {
      return try run(params, source, options, files, arguments, &connection)
    } catch .client(.refused(let error)) where error.isKind(.contextPathRefused) {
      // The broker does not read this directory for this user, who may all the same: so the files are sent.
      let walker = try walker(params, &connection)
      guard try source.pack(for: &params, walker) else { throw .client(.refused(error)) }
      do throws(ProgramError) {
        return try run(params, source, options, files, arguments, &connection)
      } catch .contextChanged(let path) {
        // As the broker does with what it reads itself: once more, from the beginning.
        say("\(path == "." ? "The directory" : path) changed while it was sent; it is read again.", options)
        _ = try source.pack(for: &params, walker)
        return try run(params, source, options, files, arguments, &connection)
      }
    }
  }

  private static func say(_ text: String, _ options: BuildOptions) {
    if options.progress == .json {
      Output.messages.json(["message": .string(text)])
    } else {
      Output.messages.line(text)
    }
  }

  private static func checkEnd(of archive: SentArchive?, in directory: String) throws(ProgramError) {
    do throws(ContextError) { try archive?.checkEnd() } catch {
      if case .changed(let path) = error { throw .contextChanged(path: path) }
      throw .local(ContextVerb.explanation(of: error, in: directory))
    }
  }

  private static func run(
    _ params: BuildParams, _ source: borrowing BuildSource, _ options: BuildOptions, _ files: ResultFiles,
    _ arguments: ParsedArguments, _ connection: inout BrokerConnection
  ) throws(ProgramError) -> ExitCode {
    guard !options.isDetached else { return try detach(params, source.archive, options, arguments, &connection) }
    guard let followed = try follow(params, source.archive, options, &connection) else { return .cancelled }
    // An archive that has no end here is not to be complained of as if it came so.
    if followed.build.state == .failed { try checkEnd(of: source.archive, in: options.directory) }
    let report = BuildReport(followed.build, followed.failedSteps, options)
    try report.write(source, asJSON: arguments.has(.json), &connection)
    try files.write(followed.build)
    return ExitCode(followed.build)
  }

  /// What excludes files is a matter of the builder, which the broker chooses where nobody else did.
  private static func walker(
    _ params: BuildParams, _ connection: inout BrokerConnection
  ) throws(ProgramError) -> ContextWalker {
    switch params.builder {
    case .classic: .classic
    case .buildkit: .buildKit
    case .auto: try connection.ask(BrokerStatus.self, .init()).engine.builder == .classic ? .classic : .buildKit
    }
  }

  private static func logins(
    _ params: BuildParams, _ source: borrowing BuildSource, _ options: BuildOptions
  ) -> [RegistryAuth] {
    func warn(_ warning: String) { say(options.progress == .json ? warning : "WARNING: \(warning)", options) }
    let environment = ProcessEnvironment.variables
    var registries = NamedRegistries(
      dockerfile: source.dockerfileBytes, params: params, pushed: options.push ? options.tags : [])
    // The Dockerfile in an archive is seen by the broker only.
    if source.archive != nil { registries.add(Logins.registries(environment: environment, warn: warn)) }
    return Logins.find(registries, environment: environment, warn: warn)
  }

  private static func detach(
    _ params: BuildParams, _ archive: SentArchive?, _ options: BuildOptions, _ arguments: ParsedArguments,
    _ connection: inout BrokerConnection
  ) throws(ProgramError) -> ExitCode {
    let result: BuildMethod.Result
    do throws(ClientError) {
      let id = try connection.send(BuildMethod.self, params, descriptors: archive.map { [$0.descriptor] } ?? [])
      result = try BrokerConnection.result(of: BuildMethod.self, try connection.answer(to: id))
    } catch { throw .client(error) }
    guard case .accepted(let accepted) = result else {
      throw .client(.answerInvalid("an answer to build after its end"))
    }
    try archive?.begin()
    archive?.waitUntilSent()
    try checkEnd(of: archive, in: options.directory)
    if arguments.has(.json) {
      Output.results.json(accepted.json)
    } else {
      Output.results.line(accepted.buildID)
    }
    return .done
  }

  /// The build when it has ended; nil where the user left before.
  private static func follow(
    _ params: BuildParams, _ archive: SentArchive?, _ options: BuildOptions, _ connection: inout BrokerConnection
  ) throws(ProgramError) -> (build: Build, failedSteps: FailedSteps)? {
    let signals = try Interrupts()
    let requestID: RPCID
    do throws(ClientError) {
      requestID = try connection.send(BuildMethod.self, params, descriptors: archive.map { [$0.descriptor] } ?? [])
    } catch { throw .client(error) }
    try archive?.begin()
    do throws(ClientError) {
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
