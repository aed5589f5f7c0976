internal import Glibc

@main
enum SwiftDockControl {
  static func main() { exit(run(Array(CommandLine.arguments.dropFirst())).rawValue) }

  static func run(_ arguments: [String]) -> ExitCode {
    do throws(ProgramError) {
      guard let first = arguments.first else { throw .usage("Which verb?") }
      let aliases = ["--help": HelpVerb.name, "-h": HelpVerb.name, "--version": VersionVerb.name]
      let verb = try VerbTable.verb(aliases[first] ?? first)
      let parsed = try ParsedArguments(Array(arguments.dropFirst()), options: verb.options + Option.common)
      guard !parsed.has(.help) else {
        Output.results.line(verb.helpText)
        return .done
      }
      return try verb.run(parsed)
    } catch {
      Output.messages.line(error.explanation)
      return error.exitCode
    }
  }
}
