internal import BuildContext
internal import JSON

enum ContextVerb: Verb {
  static let name = "context"
  static let operands = "tar|manifest|digest|explain [DIR|ARCHIVE|-]"
  static let summary = "what would be sent for a build, found out without a broker"
  static let builder = Option("--builder", value: "NAME", "whose rules exclude files: buildkit (default) or classic")
  static let options = [BuildOptions.file, builder, BuildOptions.target, BuildOptions.buildArg]

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    guard let what = arguments.operands.first else { throw .usage("context needs tar, manifest, digest or explain") }
    guard ["tar", "manifest", "digest", "explain"].contains(what) else {
      throw .usage("context does not know \"\(what)\"; there is tar, manifest, digest and explain")
    }
    guard ["digest", "explain"].contains(what) || !arguments.has(.json) else {
      throw .usage("context \(what) has no JSON; digest and explain have")
    }
    for option in [BuildOptions.target, BuildOptions.buildArg] where what != "explain" && arguments.has(option) {
      throw .usage("context \(what) does not depend on \(option.name)")
    }
    guard what != "tar" || !Output.results.isTerminal else {
      throw .usage("context tar writes to a file or pipe, not to a terminal")
    }
    guard arguments.operands.count <= 2 else { throw .usage("context does not take \"\(arguments.operands[2])\"") }
    let (source, place) = try source(arguments.operands.count == 2 ? arguments.operands[1] : ".", arguments)
    guard what != "explain" else { return try explain(source, in: place, arguments) }
    do throws(ContextError) {
      let room = what == "tar" ? ContentRoom(byteLimit: ContentRoom.usualLimit) : nil
      let snapshot = try ContextSnapshot(measuring: source, room: room)
      switch what {
      case "manifest":
        snapshot.writeManifest { Output.results.write($0) }
      case "tar":
        try write(snapshot)
      default:
        if arguments.has(.json) {
          Output.results.json(json(snapshot))
        } else {
          Output.results.line(snapshot.digest.description)
        }
      }
      return .done
    } catch {
      throw .local(explanation(of: error, in: place))
    }
  }

  /// - Returns: with it the directory or archive, for people.
  private static func source(
    _ operand: String, _ arguments: ParsedArguments
  ) throws(ProgramError) -> (ContextSource, place: String) {
    let walker = try walker(arguments)
    let file = arguments.value(of: BuildOptions.file)
    guard LocalArchive.isNamed(by: operand) else {
      let root = try LocalFile.resolve(operand)
      return (try source(root, file: file, walker), root)
    }
    let place = operand == LocalArchive.standardInput ? "standard input" : operand
    let archive = try LocalArchive.read(operand) { explanation(of: $0, in: place) }
    return (ContextSource(archive: archive, dockerfile: file, walker: walker), place)
  }

  /// A directory, with its own Dockerfile or one from elsewhere.
  private static func source(
    _ root: String, file: String?, _ walker: ContextWalker
  ) throws(ProgramError) -> ContextSource {
    let text: DockerfileText
    switch file {
    case nil: return ContextSource(root: root, walker: walker)
    case "-": text = try DockerfileText(standardInputAfter: [])
    case let file?:
      switch try ContextPaths.place(of: file, in: root) {
      case .inside(let path): return ContextSource(root: root, dockerfile: path, walker: walker)
      case .outside: text = try DockerfileText(file: file)
      }
    }
    return ContextSource(root: root, dockerfileText: Array(text.text.utf8), walker: walker)
  }

  private static func write(_ snapshot: ContextSnapshot) throws(ContextError) {
    do throws(ContextTransferError<Never>) {
      try snapshot.writeTar { (bytes) throws(Never) in Output.results.write(bytes) }
    } catch {
      switch error {
      case .context(let error): throw error
      }
    }
  }

  private static func json(_ snapshot: ContextSnapshot) -> JSONValue {
    [
      "contextDigest": .string(snapshot.digest.description), "files": .integer(Int64(snapshot.fileCount)),
      "entries": .integer(Int64(snapshot.entryCount)), "sizeBytes": .integer(snapshot.contentBytes),
      "tarBytes": .integer(snapshot.tarSize), "dockerfile": .string(snapshot.dockerfile),
    ]
  }

  private static func walker(_ arguments: ParsedArguments) throws(ProgramError) -> ContextWalker {
    switch arguments.value(of: builder) {
    case nil, "buildkit": return .buildKit
    case "classic": return .classic
    case let name?: throw .usage("--builder \(name) is not supported; there is buildkit, classic")
    }
  }

  static func explanation(of error: ContextError, in directory: String) -> String {
    switch error {
    case .notFound(let path): "There is no directory \(path)."
    case .notADirectory(let path): "\(path) is not a directory."
    case .unreadable(let path, let errno): "Cannot read \(path) in \(directory): \(LocalFile.text(of: errno))."
    case .dockerfileNotFound(let path): "There is no Dockerfile \(path) in \(directory)."
    case .dockerfileTooLarge(let limit): "The Dockerfile is larger than \(ByteCount.text(limit))."
    case .ignoreFileTooLarge(let path, let limit): "\(path) is larger than \(ByteCount.text(limit))."
    case .ignoreFileInvalid(let path, let line, let pattern, let reason):
      "\(path):\(line): the pattern \"\(pattern)\" cannot be used: \(words(for: reason))."
    case .changed(let path): "\(path) changed while it was read."
    case .tooManyEntries(let limit): "There are more than \(limit) files."
    case .namesTooLarge(let limit): "The names and link targets are larger than \(limit) bytes."
    case .tooLarge(let limit): "The files are larger than \(limit) bytes."
    case .forbiddenFilesystem(let path): "\(path) is of a filesystem without files at rest."
    case .invalidArchive(let entry, let fault):
      "\(entry.map { "\($0) in \(directory)" } ?? "The archive, \(directory),") \(fault.words)."
    case .store(let error): "The files of the archive cannot be kept: \(LocalFile.text(of: error.errno))."
    case .interrupted: "Interrupted."
    case .digestUnavailable: "The system's libcrypto has no SHA-256."
    }
  }

  private static func words(for fault: IgnoreFileFault) -> String {
    switch fault {
    case .lineTooLong: "the line is too long"
    case .exceptionWithoutPattern: "nothing follows the !"
    case .malformedPattern: "it is malformed"
    case .malformedExpression: "a class or range in it is malformed"
    }
  }
}
