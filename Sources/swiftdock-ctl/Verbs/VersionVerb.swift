internal import JSON
internal import SwiftDockProtocol

enum VersionVerb: Verb {
  static let name = "version"
  static let operands = ""
  static let summary = "this program's version and the protocol's"

  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode {
    _ = try operands(arguments)
    if arguments.has(.json) {
      let protocols = ProductVersion.protocols.map { JSONValue.integer(Int64($0)) }
      Output.results.json(["version": .string(ProductVersion.text), "protocolVersions": .array(protocols)])
    } else {
      let protocols = ProductVersion.protocols.map(String.init).joined(separator: ", ")
      Output.results.line("swiftdock-ctl \(ProductVersion.text), protocol \(protocols)")
    }
    return .done
  }
}
