internal import Dockerfile

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
    let platform: String?
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

  let images: [Image]
  /// What the builder cannot do, the first of it.
  let unsupported: Problem?
  let usesCacheMounts: Bool
  private let dockerfile: Dockerfile
  private let usesBuildKit: Bool

  init(_ bytes: [UInt8], _ reading: Reading) throws(Problem) {
    do throws(DockerfileError) { dockerfile = try Dockerfile(parsing: bytes) } catch {
      throw Problem(feature: nil, message: error.description, lines: error.line.map { $0...$0 })
    }
    let options = ResolutionOptions(
      builder: reading.usesBuildKit ? .buildKit : .classic, target: reading.target, buildArgs: reading.buildArgs,
      targetPlatform: reading.platform, enginePlatform: reading.enginePlatform, readsHeredocs: reading.readsHeredocs)
    images = dockerfile.namedImages(options).map { Image(reference: $0.reference, platform: $0.platform) }
    unsupported = dockerfile.unsupportedFeatures(options).first.map {
      Problem(feature: $0.feature, message: $0.message, lines: $0.lines)
    }
    usesCacheMounts = dockerfile.usesCacheMounts
    usesBuildKit = reading.usesBuildKit
  }

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
    var instructions: [Instruction]
    if usesBuildKit {
      guard let stage = stage(ofStep: name) else { return nil }
      let all = dockerfile.instructions[stage.instructions]
      instructions = all.filter { Self.counted.contains($0.keyword) }
      if instructions.count < total, let from = all.first { instructions.insert(from, at: 0) }
    } else {
      instructions = dockerfile.instructions
    }
    guard index >= 1, index <= instructions.count else { return nil }
    let instruction = instructions[index - 1]
    guard keyword(ofStep: name).map({ $0 == instruction.keyword }) ?? true else { return nil }
    return instruction.lines
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

  private func keyword(ofStep name: String) -> String? {
    var text = name[...]
    if text.hasPrefix("["), let close = text.firstIndex(of: "]") { text = text[text.index(after: close)...] }
    return text.split(separator: " ").first.map { $0.uppercased() }
  }
}
