internal import SwiftDockProtocol

/// The options of `build`, as far as docker's own are supported, and what they mean.
struct BuildOptions: Equatable {
  static let tag = Option(
    "--tag", short: "-t", value: "NAME[:TAG]", "name for the image; {context:N} is N digits of the context's digest")
  static let file = Option(
    "--file", short: "-f", value: "PATH", "the Dockerfile, in the context (default PATH/Dockerfile)")
  static let buildArg = Option(
    "--build-arg", value: "NAME[=VALUE]", "build argument; NAME alone takes the environment's value")
  static let target = Option("--target", value: "STAGE", "the stage to build")
  static let platform = Option("--platform", value: "OS/ARCH", "the platform to build for")
  static let label = Option("--label", value: "NAME=VALUE", "label for the image")
  static let noCache = Option("--no-cache", "runs every step again")
  static let pull = Option("--pull", "asks the registry for newer base images")
  static let network = Option("--network", value: "MODE", "of RUN steps: default, none or host")
  static let addHost = Option("--add-host", value: "NAME:ADDRESS", "entry for /etc/hosts of RUN steps")
  static let cacheFrom = Option("--cache-from", value: "IMAGE", "image whose layers may be taken")
  static let builder = Option("--builder", value: "NAME", "auto, buildkit or classic")
  static let progress = Option("--progress", value: "MODE", "auto, plain, json or none")
  static let noDedupe = Option("--no-dedupe", "does not share equal work that is under way")

  static let all = [
    tag, file, buildArg, target, platform, label, noCache, pull, network, addHost, cacheFrom, builder, progress,
    noDedupe,
  ]

  /// As given; relative to the working directory, as `file`.
  let directory: String
  let file: String?
  let progress: ProgressMode
  private let tags: [TagTemplate]
  private let buildArgs: [NamedValue]
  private let labels: [NamedValue]
  private let network: BuildNetwork?
  private let builder: Builder
  private let arguments: ParsedArguments

  /// - Parameter environment: for build arguments given without a value.
  init(_ arguments: ParsedArguments, environment: (String) -> String?) throws(ProgramError) {
    self.arguments = arguments
    directory = try BuildVerb.operands(arguments, "the directory to build")[0]
    guard directory != "-" else { throw .usage("A context from standard input is not supported") }
    file = arguments.value(of: Self.file)
    guard file != "-" else { throw .usage("A Dockerfile from standard input is not supported") }
    progress = try Self.word(Self.progress, arguments) ?? .auto
    network = try Self.word(Self.network, arguments)
    builder = try Self.word(Self.builder, arguments) ?? .auto
    tags = try Self.tags(arguments.values(of: Self.tag))
    var buildArgs: [NamedValue] = []
    for text in arguments.values(of: Self.buildArg) {
      let (name, value) = try Self.pair(text, Self.buildArg)
      // As docker does it, an argument that is not in the environment either is left out.
      if let value = value ?? environment(name) { Self.set(name, value, in: &buildArgs) }
    }
    self.buildArgs = buildArgs
    var labels: [NamedValue] = []
    for text in arguments.values(of: Self.label) {
      let (name, value) = try Self.pair(text, Self.label)
      Self.set(name, value ?? "", in: &labels)
    }
    self.labels = labels
  }

  /// - Parameters:
  ///   - context: absolute.
  ///   - dockerfile: relative to it.
  func params(context: String, dockerfile: String) -> BuildParams {
    BuildParams(
      context: .path(context), dockerfile: dockerfile, builder: builder, tags: tags,
      target: arguments.value(of: Self.target), platform: arguments.value(of: Self.platform), buildArgs: buildArgs,
      labels: labels, noCache: arguments.has(Self.noCache), pull: arguments.has(Self.pull), network: network,
      extraHosts: arguments.values(of: Self.addHost), cacheFrom: arguments.values(of: Self.cacheFrom),
      dedupe: arguments.has(Self.noDedupe) ? .never : .auto, wait: true, events: true)
  }

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

  private static func pair(_ text: String, _ option: Option) throws(ProgramError) -> (name: String, value: String?) {
    let equals = text.firstIndex(of: "=")
    let name = equals.map { String(text[..<$0]) } ?? text
    guard !name.isEmpty else { throw .usage("\(option.name) \"\(text)\" has no name") }
    return (name, equals.map { String(text[text.index(after: $0)...]) })
  }

  /// The last of a name counts, at its own place.
  private static func set(_ name: String, _ value: String, in pairs: inout [NamedValue]) {
    pairs.removeAll { $0.name == name }
    pairs.append(NamedValue(name: name, value: value))
  }
}
