internal import BuildContext
internal import ContextExplanation
internal import Dockerfile
internal import SwiftDockProtocol

extension ContextVerb {
  /// - Parameter place: the directory or archive, for people.
  static func explain(
    _ source: ContextSource, in place: String, _ arguments: ParsedArguments
  ) throws(ProgramError) -> ExitCode {
    let buildArgs = try BuildOptions.pairs(BuildOptions.buildArg, arguments, default: LocalFile.environment)
    let options = ResolutionOptions(
      builder: source.walker == .classic ? .classic : .buildKit, target: arguments.value(of: BuildOptions.target),
      buildArgs: Dictionary(buildArgs.map { ($0.name, $0.value) }) { _, last in last })
    let result: ContextExplain.Result
    do throws(ExplanationError) {
      result = ContextExplain.Result(try ContextExplanation.Explanation(of: source, options))
    } catch {
      switch error {
      case .context(let error): throw .local(explanation(of: error, in: place))
      case .dockerfile(let error, let path):
        let line = error.line.map { ":\($0)" } ?? ""
        throw .local("\(path)\(line) in \(place): \(error.description).")
      }
    }
    if arguments.has(.json) {
      Output.results.json(result.json)
    } else {
      for line in ContextReport.lines(result) { Output.results.line(line) }
    }
    return .done
  }
}
