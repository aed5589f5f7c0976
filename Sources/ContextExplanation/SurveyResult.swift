internal import BuildContext
internal import Dockerfile

/// A survey that was added up, with the sources that it was compared with.
struct SurveyResult {
  let sources: SourceSet
  let tally: Tally
  /// The root of the context.
  let root: DirectoryFrame

  init(_ survey: ContextSurvey, _ uses: [ContextUse], interrupted: () -> Bool) throws(ContextError) {
    func destination(of path: [UInt8]) throws(ContextError) -> ContextSurvey.Destination {
      do throws(ContextError) { return try survey.destination(of: path) } catch {
        guard case .unreadable = error else { throw error }
        return .outside
      }
    }
    var sources = try SourceSet(uses, destination: destination)
    let builderReads = [survey.dockerfile, ".dockerignore", survey.ignoreFile ?? ""].map { Array($0.utf8) }
    func walk() throws(ContextError) -> Tally {
      let tally = Tally(
        sources, useCount: uses.count, lineCount: survey.lines.count, alwaysSent: Set(builderReads))
      return try survey.walk(tally, interrupted: interrupted)
    }
    var tally = try walk()
    if !tally.matchedLinks.isEmpty {
      // Where links lead to may lie before them, so that only another walk can count it.
      for link in tally.matchedLinks {
        switch try destination(of: link.path) {
        case .path(let path, let links): sources.addDestination(path, links: links, of: link.use)
        case .missing, .outside: sources.addUnknown(link.path, of: link.use)
        }
      }
      tally = try walk()
    }
    root = tally.finish()
    self.tally = tally
    self.sources = sources
  }
}
