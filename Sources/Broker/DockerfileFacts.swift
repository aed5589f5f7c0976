internal import Dockerfile
internal import SwiftDockProtocol

/// What the broker needs to know of a Dockerfile, in words of its own.
struct DockerfileFacts: Sendable {
  /// How the builder that runs reads it.
  struct Reading {
    var usesBuildKit: Bool
    var readsHeredocs: Bool
    var target: String?
    var buildArgs: [String: String]
    var platform: String?
    var enginePlatform: String
  }

  struct Image: Hashable, Sendable {
    let reference: String
    /// As it was written; nil where nobody wrote one.
    let platform: String?
    /// What a local image has to be for; nil where any is taken, as the classic builder does unless it is asked.
    let wanted: Platform?

    /// Whether an image that the Engine has under this name is what the builder would take. What either side leaves out
    /// does not matter.
    func isMet(os: String, architecture: String, variant: String) -> Bool {
      guard let wanted else { return true }
      return [(wanted.os, os), (wanted.architecture, architecture), (wanted.variant, variant)].allSatisfy {
        $0.isEmpty || $1.isEmpty || $0 == $1
      }
    }
  }

  struct Problem: Error {
    let feature: String?
    let message: String
    /// 1-based.
    let lines: ClosedRange<Int>?
  }

  /// A place as the protocol counts: from 0, the end exclusive.
  struct Place {
    let start: (line: Int, character: Int)
    let end: (line: Int, character: Int)
  }

  /// Those that the triggers of images name are among them once these are known.
  private(set) var images: [Image] = []
  /// What the builder cannot do, the first of it.
  private(set) var unsupported: Problem?
  let usesCacheMounts: Bool
  /// Keywords of the triggers that are steps of BuildKit's, by the index of the stage that they run in.
  private var triggers: [Int: [String]] = [:]
  private let dockerfile: Dockerfile
  private var options: ResolutionOptions

  init(_ bytes: [UInt8], _ reading: Reading) throws(Problem) {
    do throws(DockerfileError) { dockerfile = try Dockerfile(parsing: bytes) } catch {
      throw Problem(feature: nil, message: error.description, lines: error.line.map { $0...$0 })
    }
    options = ResolutionOptions(
      builder: reading.usesBuildKit ? .buildKit : .classic, target: reading.target, buildArgs: reading.buildArgs,
      targetPlatform: reading.platform, enginePlatform: reading.enginePlatform, readsHeredocs: reading.readsHeredocs)
    usesCacheMounts = dockerfile.usesCacheMounts
    resolve()
  }

  /// Takes up the instructions that an image has for the stages which start from it (`ONBUILD`): they may name more
  /// images, and want what the builder cannot do.
  mutating func learn(triggers: [String], of reference: String) {
    options.triggers[reference] = triggers
    resolve()
  }

  private mutating func resolve() {
    let engine = options.enginePlatform.flatMap { Platform(parsing: $0, default: nil) }
    images = dockerfile.namedImages(options).map { image in
      // BuildKit passes over a local image that is not for its own platform.
      let text = image.platform ?? (usesBuildKit ? options.enginePlatform : nil)
      return Image(
        reference: image.reference, platform: image.platform,
        wanted: text.flatMap { Platform(parsing: $0, default: engine) })
    }
    triggers = dockerfile.triggerKeywords(options, among: Self.counted)
    unsupported = dockerfile.unsupportedFeatures(options).first.map {
      Problem(feature: $0.feature, message: $0.message, lines: $0.lines)
    }
  }

  /// The Dockerfile with digests behind the names of images; nil where nothing is to be replaced, or cannot be for
  /// certain.
  /// - Parameters:
  ///   - bytes: what these facts were read from.
  ///   - digests: by the names of `images`.
  func pinned(_ bytes: [UInt8], to digests: [String: String?]) -> [UInt8]? {
    let known = Dictionary(images.map { ($0.reference, digests[$0.name] ?? nil) }) { $0 ?? $1 }
    return dockerfile.replacingNames(in: bytes, options) { image in
      guard !image.reference.contains("@"), let digest = known[image.reference] ?? nil, digest.hasPrefix("sha256:")
      else { return nil }
      return "\(image.reference)@\(digest)"
    }
  }

  /// Whether an instruction may take a file from the top of the context. Also where that would need a closer look.
  func mayTake(_ file: String) -> Bool { dockerfile.contextUses(options).uses.contains { $0.mayTake(file) } }

  var target: String? { options.target }

  var stageNames: [String] { dockerfile.stages.compactMap(\.name) }

  /// The stage that a mistyped one may have been meant to be; nil for what can only be an image's name.
  func stage(meantBy reference: String) -> String? {
    guard !reference.contains(where: { "/:@".contains($0) }) else { return nil }
    return NearestName.of(reference, among: stageNames)
  }

  /// Whether an image is for the platform that the build asks for. What either side leaves out does not matter.
  func suitsTarget(os: String, architecture: String, variant: String) -> Bool {
    let engine = options.enginePlatform.flatMap { Platform(parsing: $0, default: nil) }
    let wanted = options.targetPlatform.flatMap { Platform(parsing: $0, default: engine) }
    return Image(reference: "", platform: nil, wanted: wanted)
      .isMet(os: os, architecture: architecture, variant: variant)
  }

  func lines(ofStage name: String) -> ClosedRange<Int>? {
    dockerfile.stages.first { $0.name == name }.map { dockerfile.instructions[$0.instructions.lowerBound].lines }
  }

  /// The first instruction that names an image.
  func lines(naming reference: String) -> ClosedRange<Int>? {
    dockerfile.namedImages(options).first { $0.reference == reference }?.lines
  }

  /// The arguments of the `RUN` at these lines.
  func command(at lines: ClosedRange<Int>) -> String? {
    dockerfile.instruction(atLine: lines.lowerBound).flatMap { $0.keyword == "RUN" ? $0.arguments : nil }
  }

  /// Whether the instruction at these lines takes files from the context only.
  func copiesFromContext(at lines: ClosedRange<Int>) -> Bool {
    guard let instruction = dockerfile.instruction(atLine: lines.lowerBound) else { return false }
    return ["COPY", "ADD"].contains(instruction.keyword) && instruction.values(ofFlag: "from").isEmpty
  }

  /// What the instruction at these lines takes from the context, as far as its words tell.
  func sources(at lines: ClosedRange<Int>) -> [String] {
    dockerfile.contextUses(options).uses.first { $0.lines == lines }?.sources
      .map { String($0.text.drop { $0 == "/" }) } ?? []
  }

  private var usesBuildKit: Bool { options.builder == .buildKit }

  /// Lines as the protocol counts them.
  static func place(_ lines: ClosedRange<Int>) -> Place {
    let range = TextRange(lines: lines)
    return Place(
      start: (range.start.line, range.start.character), end: (range.end.line, range.end.character))
  }

  /// The whole instruction at a line, or the line itself where there is none.
  func lines(around line: Int) -> ClosedRange<Int> {
    dockerfile.instruction(atLine: line)?.lines ?? line...line
  }

  /// Instructions that BuildKit counts as steps, beside a `FROM` that names an image.
  private static let counted: Set<String> = ["RUN", "COPY", "ADD", "WORKDIR"]

  /// The lines of the instruction that a step stands for; nil where that cannot be told.
  ///
  /// - Parameters:
  ///   - name: as the builder words it: `[stage 2/5] RUN …` or `RUN …`.
  ///   - index: from 1, among the `total` steps of its stage (BuildKit) or of the whole Dockerfile (classic).
  func lines(ofStep name: String, index: Int, of total: Int) -> ClosedRange<Int>? {
    var places: [(keyword: String, lines: ClosedRange<Int>)]
    if usesBuildKit {
      guard let stage = stage(ofStep: name) else { return nil }
      let all = dockerfile.instructions[stage.instructions]
      places = all.filter { Self.counted.contains($0.keyword) }.map { ($0.keyword, $0.lines) }
      if let from = all.first {
        // Triggers run behind the `FROM`, and stand at its lines.
        places.insert(contentsOf: triggers[stage.index, default: []].map { ($0, from.lines) }, at: 0)
        if places.count < total { places.insert((from.keyword, from.lines), at: 0) }
      }
    } else {
      places = dockerfile.instructions.map { ($0.keyword, $0.lines) }
    }
    guard index >= 1, index <= places.count else { return nil }
    let place = places[index - 1]
    guard keyword(ofStep: name).map({ $0 == place.keyword }) ?? true else { return nil }
    return place.lines
  }

  /// The stage that a step of the classic builder stands in, as BuildKit would call it: its name, or `stage-N`; nil
  /// where there is only one.
  func stage(ofClassicStep index: Int) -> String? {
    guard dockerfile.stages.count > 1 else { return nil }
    return dockerfile.stages.first { $0.instructions.contains(index - 1) }.map { $0.name ?? "stage-\($0.index)" }
  }

  /// `[stage 2/5] RUN …`; a stage without a name is `stage-N`, and the only stage of a Dockerfile has none.
  private func stage(ofStep name: String) -> Stage? {
    guard name.hasPrefix("["), let close = name.firstIndex(of: "]") else {
      return dockerfile.stages.count == 1 ? dockerfile.stages.first : nil
    }
    // A platform may stand in front: `[linux/arm64 build 2/5]`.
    let words = name[name.index(after: name.startIndex)..<close].split(separator: " ").dropLast()
    let word = words.last.map(String.init) ?? ""
    if word.isEmpty { return dockerfile.stages.count == 1 ? dockerfile.stages.first : nil }
    return dockerfile.stages.first { $0.name?.lowercased() == word.lowercased() || "stage-\($0.index)" == word }
  }

  /// How many steps of BuildKit's the triggers of a step's stage are, which it leaves out of the total.
  func triggerCount(ofStep name: String) -> Int {
    guard let stage = stage(ofStep: name) else { return 0 }
    return triggers[stage.index]?.count ?? 0
  }

  private func keyword(ofStep name: String) -> String? {
    var text = name[...]
    if text.hasPrefix("["), let close = text.firstIndex(of: "]") { text = text[text.index(after: close)...] }
    return text.split(separator: " ").first.map { $0.uppercased() }
  }
}

extension ContextUse {
  fileprivate func mayTake(_ file: String) -> Bool {
    sources.contains { source in
      switch source {
      case .path(let path): Self.first(of: path).map { $0 == file } ?? true
      case .pattern(let pattern):
        Self.first(of: pattern).map { $0 == file || $0.contains { "*?[\\".contains($0) } } ?? true
      case .ignorePattern, .unknown: true
      }
    }
  }

  /// The first component of a path from the root; nil for the root itself, and where it is not plain to see.
  private static func first(of path: String) -> String? {
    let components = path.split(separator: "/").filter { $0 != "." }
    return components.contains("..") ? nil : components.first.map(String.init)
  }
}
