internal import SwiftDockProtocol

/// What the command line of `build` asks for.
struct BuildOptions: Equatable {
  /// As given; relative to the working directory, as `file`. `-` is standard input.
  let directory: String
  let file: String?
  let progress: ProgressMode
  let isQuiet: Bool
  /// Whether the end is not waited for.
  let isDetached: Bool
  let push: Bool
  let tags: [TagTemplate]
  let iidFile: String?
  let metadataFile: String?
  private let buildArgs: [NamedValue]
  private let labels: [NamedValue]
  private let annotations: [NamedValue]
  private let network: BuildNetwork?
  private let builder: Builder
  private let timeoutMs: Int?
  private let supersedes: String?
  private let arguments: ParsedArguments

  /// - Parameter environment: for build arguments given without a value.
  init(_ arguments: ParsedArguments, environment: (String) -> String?) throws(ProgramError) {
    self.arguments = arguments
    directory = try BuildVerb.operands(arguments, "the directory to build")[0]
    file = arguments.value(of: Self.file)
    guard directory != "-" || file != "-" else {
      throw .usage("Standard input can be the context or the Dockerfile, not both")
    }
    isQuiet = arguments.has(Self.quiet)
    let mode: ProgressMode? = try Self.word(Self.progress, arguments)
    progress = isQuiet ? .none : mode ?? .auto
    network = try Self.word(Self.network, arguments)
    builder = try Self.builder(arguments)
    tags = try Self.tags(arguments.values(of: Self.tag))
    push = arguments.has(Self.push)
    guard !push || !tags.isEmpty else { throw .usage("--push needs a name to push the image to: --tag NAME") }
    isDetached = arguments.has(Self.detach)
    iidFile = arguments.value(of: Self.iidFile)
    metadataFile = arguments.value(of: Self.metadataFile)
    guard !isDetached || (iidFile ?? metadataFile) == nil else {
      throw .usage("--detach does not wait for what --iidfile and --metadata-file would hold")
    }
    timeoutMs = try Self.timeout(arguments)
    supersedes = try Self.supersedes(arguments)
    buildArgs = try Self.pairs(Self.buildArg, arguments, default: environment)
    labels = try Self.pairs(Self.label, arguments) { _ in "" }
    annotations = try Self.annotations(arguments)
  }

  /// Whether the build goes on when this program is gone.
  var survives: Bool { isDetached || arguments.has(Self.keep) }

  func params(_ source: borrowing BuildSource) -> BuildParams {
    params(context: source.context, dockerfile: source.dockerfile, text: source.text?.text)
  }

  /// - Parameters:
  ///   - dockerfile: relative to the context.
  ///   - text: takes its place.
  func params(context: ContextLocation, dockerfile: String, text: String? = nil) -> BuildParams {
    BuildParams(
      context: context, dockerfile: dockerfile, dockerfileText: text, builder: builder, tags: tags, push: push,
      target: arguments.value(of: Self.target), platform: arguments.value(of: Self.platform), buildArgs: buildArgs,
      labels: labels, noCache: arguments.has(Self.noCache), pull: arguments.has(Self.pull), network: network,
      extraHosts: arguments.values(of: Self.addHost), cacheFrom: arguments.values(of: Self.cacheFrom),
      onDisconnect: survives ? .keep : .cancel, dedupe: arguments.has(Self.noDedupe) ? .never : .auto,
      timeoutMs: timeoutMs, supersedes: supersedes, wait: !isDetached, events: !isDetached,
      progress: !isDetached && progress != .none,
      annotations: annotations)
  }
}

extension BuildOptions {
  private static func tags(_ texts: [String]) throws(ProgramError) -> [TagTemplate] {
    var tags: [TagTemplate] = []
    for text in texts {
      do throws(ImageReferenceError) {
        tags.append(try TagTemplate(text))
      } catch {
        throw .usage("\(tag.name): \(error.explanation)")
      }
    }
    return tags
  }

  private static func builder(_ arguments: ParsedArguments) throws(ProgramError) -> Builder {
    guard let text = arguments.value(of: builder) else { return .auto }
    guard let builder = Builder(rawValue: text) else {
      let words = Builder.allCases.map(\.rawValue).joined(separator: ", ")
      throw .usage(
        "--builder \(text) is not supported; there is \(words). Builders of buildx are daemons of their own: "
          + "the broker builds in the one Engine that swiftdockd --engine names")
    }
    return builder
  }

  private static func timeout(_ arguments: ParsedArguments) throws(ProgramError) -> Int? {
    guard let text = arguments.value(of: timeout) else { return nil }
    guard let milliseconds = TimeSpan.milliseconds(text), milliseconds > 0 else {
      throw .usage("--timeout takes seconds, or a time as 1m30s, not \"\(text)\"")
    }
    return milliseconds
  }

  private static func supersedes(_ arguments: ParsedArguments) throws(ProgramError) -> String? {
    guard let word = arguments.value(of: supersede) else { return nil }
    guard (1...BuildParams.wordLimit).contains(word.utf8.count) else {
      throw .usage("--supersede takes a word of 1 to \(BuildParams.wordLimit) bytes")
    }
    return word
  }

  private static func annotations(_ arguments: ParsedArguments) throws(ProgramError) -> [NamedValue] {
    let pairs = try pairs(annotation, arguments) { _ in "" }
    // What buildx annotates stands before a colon: `index,manifest[linux/amd64]:`.
    let kinds: Set = ["manifest", "index", "manifest-descriptor", "index-descriptor"]
    for pair in pairs {
      guard let colon = pair.name.firstIndex(of: ":") else { continue }
      let first = pair.name[..<colon].prefix { $0 != "[" && $0 != "," }
      guard !kinds.contains(String(first)) else {
        throw .usage(
          "--annotation \(pair.name) cannot be done: the Engine's API puts no annotations into images; use --label")
      }
    }
    guard pairs.count <= BuildParams.annotationLimit else {
      throw .usage("--annotation can be given \(BuildParams.annotationLimit) times at most")
    }
    return pairs
  }

  private static func word<Word: RawRepresentable<String> & CaseIterable>(
    _ option: Option, _ arguments: ParsedArguments
  ) throws(ProgramError) -> Word? {
    guard let text = arguments.value(of: option) else { return nil }
    guard let word = Word(rawValue: text) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw .usage("\(option.name) \(text) is not supported; there is \(words)")
    }
    return word
  }

  /// Names with values. The last of a name counts, at its own place; as docker does it, one that has no value by
  /// default either is left out.
  static func pairs(
    _ option: Option, _ arguments: ParsedArguments, default value: (String) -> String?
  ) throws(ProgramError) -> [NamedValue] {
    var pairs: [NamedValue] = []
    for text in arguments.values(of: option) {
      let equals = text.firstIndex(of: "=")
      let name = equals.map { String(text[..<$0]) } ?? text
      guard !name.isEmpty else { throw .usage("\(option.name) \"\(text)\" has no name") }
      guard let value = equals.map({ String(text[text.index(after: $0)...]) }) ?? value(name) else { continue }
      pairs.removeAll { $0.name == name }
      pairs.append(NamedValue(name: name, value: value))
    }
    return pairs
  }
}
