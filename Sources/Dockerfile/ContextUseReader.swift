/// Goes through the stages of one build in their order, and keeps what they know as variables.
struct ContextUseReader {
  private(set) var uses: [ContextUse] = []
  private(set) var commandLines: [ClosedRange<Int>] = []

  private let escape: UInt8
  private let options: ResolutionOptions
  private let globals: Variables
  /// What `ENV` set, by the index of the stage, for the stages that start from it.
  private var environments: [Int: Variables] = [:]
  private var environment = Variables()
  /// `environment` with the stage's arguments.
  private var visible: Variables

  init(_ globals: Variables, escape: UInt8, options: ResolutionOptions) {
    self.globals = globals
    self.escape = escape
    self.options = options
    visible = globals
    visible.hasUnknownNames = true
  }

  mutating func add(_ use: ContextUse) { uses.append(use) }

  mutating func read(_ stage: Stage, base: Resolution.Source, _ steps: [Instruction]) {
    environment = Variables()
    let label = stage.name ?? String(stage.index)
    switch base.origin {
    case .stage(let parent): environment = environments[parent] ?? environment
    case .image(let reference):
      // By convention of the official images, these copy the whole context.
      guard reference.contains("onbuild"), options.triggers[reference] == nil else { break }
      add(
        ContextUse(
          keyword: "FROM", arguments: reference, lines: base.lines, stage: label, sources: [.unknown(reference)],
          exclusions: []))
    case .nothing, .unresolved: break
    }
    visible.takeNames(of: environment)
    for step in steps {
      switch step.keyword {
      case "ARG": declare(step)
      case "ENV": define(step)
      case "COPY", "ADD": readCopy(step, in: label)
      case "RUN": readMounts(step, in: label)
      default: break
      }
      if step.keyword != "COPY", step.keyword != "ADD" { commandLines.append(step.lines) }
    }
    environments[stage.index] = environment
  }

  // MARK: Sources

  private mutating func readCopy(_ step: Instruction, in stage: String) {
    guard !step.flags.contains(where: { $0.name == "from" && $0.value != "" }) else { return }
    let keepsParents = step.flags.contains { $0.name == "parents" && $0.value != "false" }
    var sources: [ContextUse.Source] = []
    for word in step.sourceWords {
      if !step.heredocs.isEmpty, HeredocOpening(word: Array(word.utf8)[...]) != nil { continue }
      guard let text = expand(Array(word.utf8)[...]).map({ String(decoding: $0, as: UTF8.self) }) else {
        sources.append(.unknown(word))
        continue
      }
      if step.keyword == "ADD", AddSource.kind(text) != .context { continue }
      sources.append(keepsParents ? .ignorePattern(text) : .pattern(text))
    }
    guard !sources.isEmpty else { return }
    let exclusions = step.values(ofFlag: "exclude").filter { !$0.utf8.contains(UInt8(ascii: "$")) }
    add(
      ContextUse(
        keyword: step.keyword, arguments: step.arguments, lines: step.lines, stage: stage, sources: sources,
        exclusions: exclusions))
  }

  /// BuildKit's versions do not agree on whether variables of a mount are replaced.
  private mutating func readMounts(_ step: Instruction, in stage: String) {
    let sources: [ContextUse.Source] = step.mounts.compactMap { mount in
      let isVariable = mount.type.utf8.contains(UInt8(ascii: "$"))
      guard mount.from == nil, mount.type == "bind" || isVariable else { return nil }
      let text = mount.source ?? "."
      return isVariable || text.utf8.contains(UInt8(ascii: "$")) ? .unknown(text) : .path(text)
    }
    guard !sources.isEmpty else { return }
    add(
      ContextUse(
        keyword: step.keyword, arguments: step.arguments, lines: step.lines, stage: stage, sources: sources,
        exclusions: []))
  }

  // MARK: Variables

  /// - Returns: nil if it cannot be known here, or not for every version of the Engine.
  private mutating func expand(_ word: ArraySlice<UInt8>) -> [UInt8]? {
    do throws(ShellLexer.Failure) {
      let (text, isDisputed) = try visible.expand(word, escape: escape)
      return isDisputed ? nil : text
    } catch {
      return nil
    }
  }

  /// `ARG`, which does not count where an `ENV` of that name does.
  private mutating func declare(_ step: Instruction) {
    for word in ArgumentWords.cut(step.arguments, escape: escape) {
      let equals = word.firstIndex(of: UInt8(ascii: "="))
      let name = String(decoding: word[..<(equals ?? word.endIndex)], as: UTF8.self)
      guard environment[name] == nil else { continue }
      if let given = options.buildArgs[name] {
        visible.set(name, to: Array(given.utf8))
      } else if let equals {
        visible.set(name, to: expand(word[(equals + 1)...]))
      } else {
        visible.set(name, to: globals[name]?.value, isDisputed: globals[name]?.isDisputed ?? false)
      }
    }
  }

  /// `ENV NAME=VALUE …`, whose values do not see each other, or `ENV NAME VALUE`.
  private mutating func define(_ step: Instruction) {
    let words = ArgumentWords.cut(step.arguments, escape: escape)
    guard let first = words.first else { return }
    var values: [(String, [UInt8]?)] = []
    if first.contains(UInt8(ascii: "=")) {
      for word in words {
        guard let equals = word.firstIndex(of: UInt8(ascii: "=")) else { continue }
        values.append((String(decoding: word[..<equals], as: UTF8.self), expand(word[(equals + 1)...])))
      }
    } else if words.count > 1 {
      let rest = Array(step.arguments.utf8).dropFirst(first.count).trimmingLeadingWhiteSpace()
      values.append((String(decoding: first, as: UTF8.self), expand(rest)))
    }
    for (name, value) in values {
      environment.set(name, to: value)
      visible.set(name, to: value)
    }
  }
}
