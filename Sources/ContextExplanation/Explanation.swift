package import BuildContext
package import Dockerfile

/// Why a build context is as large as it is: what it holds and where, what the ignore file leaves out, and what the
/// Dockerfile takes of it. Found without reading the files.
///
/// Paths are escaped as in a manifest. Lists are bounded: they hold the heaviest, `ignored` and `instructions` the first.
package struct Explanation: Sendable, Equatable {
  package struct Item: Sendable, Equatable {
    package let path: String
    package let totals: Totals
  }

  package struct Ignored: Sendable, Equatable {
    package let line: IgnoreLine
    /// Names of every kind, directories too: 0 shows a line that does nothing.
    package let entries: Int
    /// What the line has removed; of an exception what it has brought back.
    package let totals: Totals
    /// Directories and files in it that could not be looked at.
    package let unreadable: Int
  }

  package struct Instruction: Sendable, Equatable {
    package let keyword: String
    package let arguments: String
    /// 1-based.
    package let lines: ClosedRange<Int>
    package let stage: String?
    package let sources: [String]
    /// The source of which it is not known what it names: the instruction may see everything.
    package let unknownSource: String?
    package let totals: Totals
  }

  package struct Unseen: Sendable, Equatable {
    package let totals: Totals
    /// Directories and files, the heaviest. None lies in another.
    package let items: [Item]
  }

  package static let ignoredLimit = 500
  package static let instructionLimit = 100
  package static let sourceLimit = 10
  /// Bytes of a source, and of an instruction's arguments.
  package static let textLimit = 256

  package let dockerfile: String
  /// Nil where there is none, or none has any effect.
  package let ignoreFile: String?
  /// As `context.digest` counts.
  package let sent: Totals
  /// All lines together.
  package let removed: Totals
  /// What has been removed without a look at how much it is.
  package let unreadable: Int
  package let largest: [Item]
  /// Those at the top, and those below that hold more than one other directory alone; the heaviest of each, by path.
  package let directories: [Item]
  /// Every line with a pattern.
  package let ignored: [Ignored]
  package let instructions: [Instruction]
  /// What no instruction of the build sees, the Dockerfile and the ignore file aside; nil if that is not known.
  package let unseen: Unseen?
  package let suggestions: [Suggestion]

  /// - Parameter interrupted: asked between entries; if true it ends with `ContextError.interrupted`.
  package init(
    of source: ContextSource, _ options: ResolutionOptions, interrupted: () -> Bool = { false }
  ) throws(ExplanationError) {
    let survey: ContextSurvey
    do throws(ContextError) { survey = try ContextSurvey(of: source) } catch { throw .context(error) }
    let file: Dockerfile
    do throws(DockerfileError) { file = try Dockerfile(parsing: survey.dockerfileBytes) } catch {
      throw .dockerfile(error, path: survey.dockerfile)
    }
    let reading = file.contextUses(options)
    do throws(ContextError) {
      let result = try SurveyResult(survey, reading.uses, interrupted: interrupted)
      let commands = CommandWords(survey.dockerfileBytes, lines: reading.commandLines)
      self.init(survey, reading.uses, result, commands)
    } catch {
      throw .context(error)
    }
  }

  private init(_ survey: ContextSurvey, _ uses: [ContextUse], _ result: SurveyResult, _ commands: CommandWords) {
    let tally = result.tally
    dockerfile = survey.dockerfile
    ignoreFile = survey.ignoreFile
    sent = tally.sent
    removed = tally.removed
    unreadable = tally.unreadable
    largest = tally.largest.values.map(Item.init)
    directories = (tally.topDirectories.values + tally.deepDirectories.values)
      .sorted { ($1.totals.bytes, $0.path.count) < ($0.totals.bytes, $1.path.count) }.map(Item.init)
    ignored = zip(survey.lines, tally.lines).prefix(Self.ignoredLimit).map { line, count in
      Ignored(line: line, entries: count.entries, totals: count.totals, unreadable: count.unreadable)
    }
    let unknown = result.sources.unknown
    instructions = uses.enumerated().prefix(Self.instructionLimit).map { index, use in
      Instruction(use, unknownSource: unknown[index], totals: unknown[index] == nil ? tally.uses[index] : tally.sent)
    }
    unseen =
      unknown.isEmpty
      ? Unseen(totals: tally.unseen, items: result.root.unseen.values.map { Item($0.path, $0.totals) }) : nil
    suggestions =
      SuggestionFinder(
        root: result.root, sources: result.sources, linkedFiles: tally.linkedFiles, commands: commands
      ).find()
  }
}

package enum ExplanationError: Error, Equatable {
  case context(ContextError)
  case dockerfile(DockerfileError, path: String)
}

extension Explanation.Item {
  fileprivate init(_ item: Tally.Item) { self.init(item.path, item.totals) }

  fileprivate init(_ path: [UInt8], _ totals: Totals) {
    self.init(path: ContextPath.escaped(path), totals: totals)
  }
}

extension Explanation.Instruction {
  fileprivate init(_ use: ContextUse, unknownSource: String?, totals: Totals) {
    func clipped(_ text: String) -> String {
      text.utf8.count <= Explanation.textLimit
        ? text : String(decoding: text.utf8.prefix(Explanation.textLimit), as: UTF8.self)
    }
    self.init(
      keyword: use.keyword, arguments: clipped(use.arguments), lines: use.lines, stage: use.stage.map(clipped),
      sources: use.sources.prefix(Explanation.sourceLimit).map { clipped($0.text) },
      unknownSource: unknownSource.map(clipped), totals: totals)
  }
}
