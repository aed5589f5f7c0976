/// Follows one build through a Dockerfile: which stages it reaches, and what the names in them stand for.
///
/// BuildKit runs the stages that the target needs; the classic builder every stage up to the target. Work is linear:
/// the triggers of a stage or an image are followed once, however many stages start from it.
struct Resolution {
  /// What a name stands for.
  enum Origin: Hashable {
    case stage(Int)
    case image(String)
    /// `scratch`
    case nothing
    case unresolved(UnresolvedName.Reason)
  }

  /// A place that names a stage or an image.
  struct Source {
    let kind: NamedImage.Kind
    let text: String
    let origin: Origin
    let platform: String?
    let lines: ClosedRange<Int>
    var isDisputed = false
  }

  /// Whose `ONBUILD` triggers.
  private enum TriggerOwner: Hashable {
    case stage(Int)
    case image(String)
  }

  private let file: Dockerfile
  private let options: ResolutionOptions
  private let bases: [Source]
  /// What precedes the first `FROM`, which stages see once they declare it.
  let globals: Variables
  /// Indices of the stages that have a name, ascending.
  private let stagesByName: [String: [Int]]
  /// What runs in the reached stages, triggers first; nil for stages that are not reached.
  private var steps: [[Instruction]?]
  /// Triggers of images which cannot be read, with the image and the lines of the `FROM`.
  private(set) var unreadableTriggers: [(image: String, lines: ClosedRange<Int>)] = []

  init(_ file: Dockerfile, _ options: ResolutionOptions) {
    self.file = file
    self.options = options
    var stagesByName: [String: [Int]] = [:]
    for stage in file.stages {
      if let name = stage.name { stagesByName[name, default: []].append(stage.index) }
    }
    self.stagesByName = stagesByName
    let target = Self.target(options, stagesByName: stagesByName, count: file.stages.count)
    globals = Self.globals(file, options, target: target)
    bases = Self.bases(file, options, globals)
    steps = Array(repeating: nil, count: file.stages.count)
    reach(from: target)
  }

  /// The steps of reached stages, in the order of the stages.
  var reachedSteps: some Sequence<Instruction> { steps.lazy.compactMap { $0 }.joined() }

  /// What runs in each reached stage, in the order of the stages, with what the stage starts from.
  var reachedStages: some Sequence<(stage: Stage, base: Source, steps: [Instruction])> {
    file.stages.lazy.compactMap { stage in steps[stage.index].map { (stage, bases[stage.index], $0) } }
  }

  /// All places in reached stages that name a stage or an image, in the order of the stages.
  var reachedSources: [Source] {
    var sources: [Source] = []
    for index in steps.indices {
      guard let steps = steps[index] else { continue }
      sources.append(bases[index])
      for step in steps { sources += self.sources(of: step, in: index) }
    }
    return sources
  }

  // MARK: Stages

  /// The index of the stage to build; nil if there is no such stage, which the Engine reports.
  private static func target(_ options: ResolutionOptions, stagesByName: [String: [Int]], count: Int) -> Int? {
    guard let target = options.target, !target.isEmpty else { return count > 0 ? count - 1 : nil }
    if let named = stagesByName[target.asciiLowercased()] {
      return options.builder == .classic ? named.first : named.last
    }
    guard let index = Int(target), (0..<count).contains(index) else { return nil }
    return index
  }

  private mutating func reach(from target: Int?) {
    var followedTriggers: Set<TriggerOwner> = []
    var waiting: [Int]
    switch (options.builder, target) {
    case (.buildKit, let target?): waiting = [target]
    case (.classic, let target?): waiting = Array((0...target).reversed())
    case (_, nil): waiting = Array(steps.indices.reversed())
    }
    while let index = waiting.popLast() {
      guard steps[index] == nil else { continue }
      var steps: [Instruction] = []
      let owner: TriggerOwner? =
        switch bases[index].origin {
        case .stage(let base): .stage(base)
        case .image(let reference): .image(reference)
        case .nothing, .unresolved: nil
        }
      if let owner, followedTriggers.insert(owner).inserted {
        steps = triggers(of: owner, lines: bases[index].lines)
      }
      steps += file.instructions[file.stages[index].instructions].dropFirst()
      self.steps[index] = steps

      guard options.builder == .buildKit else { continue }
      if case .stage(let base) = bases[index].origin { waiting.append(base) }
      for step in steps {
        for source in sources(of: step, in: index) {
          if case .stage(let needed) = source.origin { waiting.append(needed) }
        }
      }
    }
  }

  private mutating func triggers(of owner: TriggerOwner, lines: ClosedRange<Int>) -> [Instruction] {
    switch owner {
    case .stage(let index):
      return file.instructions[file.stages[index].instructions].compactMap(\.trigger)
    case .image(let reference):
      var found: [Instruction] = []
      for text in options.triggers[reference] ?? [] {
        do throws(DockerfileError) {
          found += try Dockerfile(parsing: Array(text.utf8)).instructions.map { Instruction($0, at: lines) }
        } catch {
          unreadableTriggers.append((reference, lines))
        }
      }
      return found
    }
  }

  // MARK: Names

  private static func globals(_ file: Dockerfile, _ options: ResolutionOptions, target: Int?) -> Variables {
    let arguments = file.instructions.prefix { $0.keyword != "FROM" }.filter { $0.keyword == "ARG" }
    let targetName = options.target.flatMap { $0.isEmpty ? nil : $0 } ?? target.flatMap { file.stages[$0].name }
    return Variables(
      arguments: arguments, escape: file.escape, options: options, targetName: targetName ?? "default")
  }

  private static func bases(_ file: Dockerfile, _ options: ResolutionOptions, _ globals: Variables) -> [Source] {
    var variables = globals
    var earlier: [String: Int] = [:]
    return file.stages.map { stage in
      let source = base(of: stage, file, options, earlier: earlier, &variables)
      if let name = stage.name { earlier[name] = stage.index }
      return source
    }
  }

  private static func base(
    of stage: Stage, _ file: Dockerfile, _ options: ResolutionOptions, earlier: [String: Int],
    _ variables: inout Variables
  ) -> Source {
    let lines = file.instructions[stage.instructions.lowerBound].lines
    func source(_ text: String, _ origin: Origin, platform: String? = nil, isDisputed: Bool = false) -> Source {
      Source(kind: .base, text: text, origin: origin, platform: platform, lines: lines, isDisputed: isDisputed)
    }
    do throws(ShellLexer.Failure) {
      let (bytes, isDisputed) = try variables.expand(Array(stage.base.utf8)[...], escape: file.escape)
      let name = String(decoding: bytes, as: UTF8.self)
      if let index = earlier[name.asciiLowercased()] {
        return source(stage.base, .stage(index), isDisputed: isDisputed)
      }
      if name == "scratch" { return source(stage.base, .nothing, isDisputed: isDisputed) }
      guard ImageName.isPlausible(name) else { return source(stage.base, .unresolved(.notAReference)) }
      guard let platform = stage.platform else {
        return source(stage.base, .image(name), platform: options.targetPlatform, isDisputed: isDisputed)
      }
      let (chosen, _) = try variables.expand(Array(platform.utf8)[...], escape: file.escape)
      guard !chosen.isEmpty else { return source(platform, .unresolved(.notExpandable)) }
      return source(
        stage.base, .image(name), platform: String(decoding: chosen, as: UTF8.self), isDisputed: isDisputed)
    } catch {
      return source(stage.base, .unresolved(.notExpandable))
    }
  }

  private func sources(of instruction: Instruction, in stage: Int) -> [Source] {
    func source(_ kind: NamedImage.Kind, _ text: String, _ origin: Origin) -> Source {
      Source(kind: kind, text: text, origin: origin, platform: options.targetPlatform, lines: instruction.lines)
    }
    switch instruction.keyword {
    case "COPY", "ADD":
      return instruction.flags.filter { $0.name == "from" && $0.value != "" }.map { flag in
        guard let text = flag.value else { return source(.copySource, "--from", .unresolved(.notAReference)) }
        return source(.copySource, text, copyOrigin(text, in: stage))
      }
    case "RUN":
      return instruction.mounts.compactMap { mount in
        mount.from.map { source(.mountSource, $0, origin($0, in: stage)) }
      }
    default: return []
    }
  }

  /// `COPY --from` takes the number of a stage, too.
  private func copyOrigin(_ text: String, in stage: Int) -> Origin {
    guard let index = Int(text) else { return origin(text, in: stage) }
    let end = options.builder == .classic ? stage : file.stages.count
    return (0..<end).contains(index) ? .stage(index) : .unresolved(.noSuchStage)
  }

  /// A name in which no variables are replaced.
  private func origin(_ text: String, in stage: Int) -> Origin {
    if text.utf8.contains(UInt8(ascii: "$")) { return .unresolved(.notExpandable) }
    if let named = stagesByName[text.asciiLowercased()] {
      switch options.builder {
      case .buildKit:
        if let index = named.last { return .stage(index) }
      case .classic:
        // To the classic builder, a stage that is not built yet is no stage.
        if let index = Self.last(below: stage, in: named) { return .stage(index) }
      }
    }
    if text == "scratch" { return .nothing }
    return ImageName.isPlausible(text) ? .image(text) : .unresolved(.notAReference)
  }

  private static func last(below limit: Int, in ascending: [Int]) -> Int? {
    var low = ascending.startIndex
    var high = ascending.endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if ascending[middle] < limit { low = middle + 1 } else { high = middle }
    }
    return low > ascending.startIndex ? ascending[low - 1] : nil
  }
}
