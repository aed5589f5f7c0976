internal import Glibc

@main
enum SwiftDockControl {
  static func main() { exit(run(Array(CommandLine.arguments.dropFirst())).rawValue) }

  static func run(_ arguments: [String]) -> ExitCode {
    do throws(ProgramError) {
      let (leading, rest) = leadingOptions(of: arguments)
      guard let first = rest.first else { throw .usage("Which verb?") }
      let aliases = ["--help": HelpVerb.name, "-h": HelpVerb.name, "--version": VersionVerb.name]
      let verb = try VerbTable.verb(aliases[first] ?? first)
      let parsed = try ParsedArguments(
        leading + rest.dropFirst(), options: verb.options + Option.common, foreign: verb.foreignOptions)
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

  /// Options that every verb has may stand before the verb, too: takes them off the front, values included.
  private static func leadingOptions(of arguments: [String]) -> (options: [String], rest: ArraySlice<String>) {
    var rest = arguments[...]
    var options: [String] = []
    while let argument = rest.first {
      if argument == Option.json.name || argument.hasPrefix(Option.socket.name + "=") {
        options.append(argument)
        rest = rest.dropFirst()
      } else if argument == Option.socket.name {
        options += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else {
        break
      }
    }
    return (options, rest)
  }
}
