extension Dockerfile {
  /// The images that a build takes from outside: those of `FROM`, `COPY --from` and `RUN --mount=from=` in the stages
  /// it reaches, and with BuildKit the one that is to read the Dockerfile, first of all.
  ///
  /// Each pair of reference and platform comes once, in the order of the stages. Places that cannot be told are left
  /// out, see `unresolvedNames`; of a target that does not exist, every stage counts.
  package func namedImages(_ options: ResolutionOptions) -> [NamedImage] {
    struct Key: Hashable {
      let reference: String
      let platform: String?
    }
    var seen: Set<Key> = []
    var images: [NamedImage] = []
    if case .image(let reference, let lines) = reader(options) {
      seen.insert(Key(reference: reference, platform: nil))
      images.append(NamedImage(reference: reference, platform: nil, kind: .syntax, lines: lines))
    }
    for source in Resolution(self, options).reachedSources {
      guard case .image(let reference) = source.origin else { continue }
      guard seen.insert(Key(reference: reference, platform: source.platform)).inserted else { continue }
      images.append(
        NamedImage(reference: reference, platform: source.platform, kind: source.kind, lines: source.lines))
    }
    return images
  }

  /// The keywords of what runs in reached stages before their own instructions, the triggers (`ONBUILD`) of what they
  /// start from, by the index of the stage.
  /// - Parameter counted: those that are wanted.
  package func triggerKeywords(_ options: ResolutionOptions, among counted: Set<String>) -> [Int: [String]] {
    var found: [Resolution.Origin: [String]] = [:]
    var keywords: [Int: [String]] = [:]
    for (stage, base, _) in Resolution(self, options).reachedStages {
      let known =
        found[base.origin]
        ?? triggers(of: base.origin, options).map(\.keyword).filter(counted.contains)
      // One list for all stages that start from the same.
      found[base.origin] = known
      if !known.isEmpty { keywords[stage.index] = known }
    }
    return keywords
  }

  private func triggers(of origin: Resolution.Origin, _ options: ResolutionOptions) -> [Instruction] {
    switch origin {
    case .stage(let index): instructions[stages[index].instructions].compactMap(\.trigger)
    case .image(let reference):
      (options.triggers[reference] ?? []).flatMap { text in
        // What cannot be read is among `unresolvedNames`.
        (try? Dockerfile(parsing: Array(text.utf8)))?.instructions ?? []
      }
    case .nothing, .unresolved: []
    }
  }

  /// The places of which `namedImages` does not know, or does not know for every version of the Engine, which image is
  /// meant. Most of them the Engine refuses; who must know every image beforehand has to refuse all.
  package func unresolvedNames(_ options: ResolutionOptions) -> [UnresolvedName] {
    var names: [UnresolvedName] = []
    if options.builder == .buildKit, let line = disputedSyntaxLine {
      names.append(UnresolvedName(text: "# syntax", reason: .readersDiffer, lines: line...line))
    }
    if case .implausible(let text, let lines) = reader(options) {
      names.append(UnresolvedName(text: text, reason: .notAReference, lines: lines))
    }
    for instruction in instructions {
      if !(instruction.trigger ?? instruction).isKnown {
        names.append(
          UnresolvedName(text: instruction.keyword, reason: .unknownInstruction, lines: instruction.lines))
      }
      if instruction.isReadDifferently {
        names.append(UnresolvedName(text: instruction.keyword, reason: .readersDiffer, lines: instruction.lines))
      }
    }
    let resolution = Resolution(self, options)
    for source in resolution.reachedSources {
      if case .unresolved(let reason) = source.origin {
        names.append(UnresolvedName(text: source.text, reason: reason, lines: source.lines))
      } else if source.isDisputed {
        names.append(UnresolvedName(text: source.text, reason: .readersDiffer, lines: source.lines))
      }
    }
    for (image, lines) in resolution.unreadableTriggers {
      names.append(UnresolvedName(text: image, reason: .unknownInstruction, lines: lines))
    }
    return names
  }

  private enum Reader {
    case builtIn
    case image(String, ClosedRange<Int>?)
    case implausible(String, ClosedRange<Int>?)
  }

  /// What reads the Dockerfile. The build argument `BUILDKIT_SYNTAX` overrides the directive, and names BuildKit's own
  /// reader by `dockerfile.v0`.
  private func reader(_ options: ResolutionOptions) -> Reader {
    guard options.builder == .buildKit else { return .builtIn }
    let text: String
    let lines: ClosedRange<Int>?
    if let argument = options.buildArgs["BUILDKIT_SYNTAX"] {
      let words = Array(argument.utf8)[...].trimmingWhiteSpace().split(separator: 0x20, maxSplits: 1)
      text = words.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
      lines = nil
      if text == "dockerfile.v0" { return .builtIn }
    } else if let syntax {
      text = syntax.reference
      lines = syntax.line...syntax.line
    } else {
      return .builtIn
    }
    return ImageName.isPlausible(text) ? .image(text, lines) : .implausible(text, lines)
  }
}
