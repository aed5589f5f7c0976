/// An instruction that reads, or may read, from the build context.
package struct ContextUse: Sendable, Equatable {
  package enum Source: Sendable, Equatable {
    /// What it names is a pattern of Go's `filepath.Match`, and everything below what the pattern matches.
    case pattern(String)
    /// What it names is a pattern of an ignore file (`COPY --parents`).
    case ignorePattern(String)
    /// A path in which no character has a meaning.
    case path(String)
    /// As written: it cannot be told what it names.
    case unknown(String)

    package var text: String {
      switch self {
      case .pattern(let text), .ignorePattern(let text), .path(let text), .unknown(let text): text
      }
    }
  }

  /// `COPY`, `ADD` or `RUN`; `FROM` of an image whose triggers copy, `syntax` of a language that is not known here.
  package let keyword: String
  /// What follows the keyword, flags left out.
  package let arguments: String
  /// 1-based.
  package let lines: ClosedRange<Int>
  /// The stage's name, or its index; nil outside of stages.
  package let stage: String?
  /// From the root of the context, also those that start with a slash.
  package let sources: [Source]
  /// Patterns of an ignore file, from what a source names: `COPY --exclude`.
  package let exclusions: [String]
}

/// What a build takes from its context, by the Dockerfile alone.
package struct ContextUses: Sendable, Equatable {
  /// In the order of the stages.
  package let uses: [ContextUse]
  /// 1-based, of what the build runs beside: neither `COPY` nor `ADD`.
  package let commandLines: [ClosedRange<Int>]
}

extension Dockerfile {
  /// Follows the stages that the build reaches. The triggers of base images count if the options have them.
  ///
  /// Images could define variables of any name. One that the Dockerfile itself sets is taken to have that value,
  /// any other to be unknown.
  package func contextUses(_ options: ResolutionOptions) -> ContextUses {
    let resolution = Resolution(self, options)
    var reader = ContextUseReader(resolution.globals, escape: escape, options: options)
    if let foreign = foreignSyntax(options) { reader.add(foreign) }
    for (stage, base, steps) in resolution.reachedStages { reader.read(stage, base: base, steps) }
    return ContextUses(uses: reader.uses, commandLines: reader.commandLines)
  }

  /// The image that is to read this Dockerfile, unless it is a version of BuildKit's own reader.
  private func foreignSyntax(_ options: ResolutionOptions) -> ContextUse? {
    guard let reader = namedImages(options).first, reader.kind == .syntax else { return nil }
    let own = ["docker/dockerfile", "docker/dockerfile-upstream"].flatMap { [$0, "docker.io/\($0)"] }
    let repository = reader.reference.prefix { $0 != ":" && $0 != "@" }
    guard !own.contains(String(repository)) else { return nil }
    return ContextUse(
      keyword: "syntax", arguments: reader.reference, lines: reader.lines ?? 1...1, stage: nil,
      sources: [.unknown(reader.reference)], exclusions: [])
  }
}
