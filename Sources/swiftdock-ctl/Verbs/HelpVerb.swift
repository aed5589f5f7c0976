enum HelpVerb: Verb {
  static let name = "help"
  static let operands = "[VERB]"
  static let summary = "what there is to type"

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    guard let name = arguments.operands.first else {
      Output.results.line(VerbTable.helpText)
      return .done
    }
    Output.results.line(try VerbTable.verb(name).helpText)
    return .done
  }
}
