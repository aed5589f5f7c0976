internal import JSON
internal import SwiftDockClient
internal import SwiftDockProtocol

/// One of the things that the program does.
protocol Verb: Sendable {
  static var name: String { get }
  /// The operands, as in a usage line.
  static var operands: String { get }
  static var summary: String { get }
  /// Besides those that every verb has.
  static var options: [Option] { get }
  /// Of another program, for those who come from there; the help text is silent about them.
  static var foreignOptions: [ForeignOption] { get }
  static func run(_ arguments: ParsedArguments) throws(ProgramError) -> ExitCode
}

extension Verb {
  static var options: [Option] { [] }
  static var foreignOptions: [ForeignOption] { [] }

  static var helpText: String {
    let all = options + Option.common
    let names = all.map { option in
      let value = if case .value(let name) = option.kind { " " + name } else { "" }
      return (option.short.map { $0 + ", " } ?? "") + option.name + value
    }
    let width = (names.map(\.count).max() ?? 0) + 2
    let rows = zip(names, all).map { name, option in
      "  " + name + String(repeating: " ", count: width - name.count) + option.help
    }
    let usage = ["Usage: swiftdock-ctl", name, "[OPTIONS]", operands].filter { !$0.isEmpty }.joined(separator: " ")
    return ([usage, "", summary, ""] + rows).joined(separator: "\n")
  }

  static func connect(_ arguments: ParsedArguments) throws(ProgramError) -> BrokerConnection {
    do throws(ClientError) {
      return try BrokerConnection.connect(.here(explicit: arguments.value(of: .socket)))
    } catch {
      throw .client(error)
    }
  }

  /// The operands, of which there have to be exactly as many as `names`.
  static func operands(_ arguments: ParsedArguments, _ names: String...) throws(ProgramError) -> [String] {
    if arguments.operands.count < names.count {
      throw .usage("\(name) needs \(names[arguments.operands.count])")
    }
    guard arguments.operands.count == names.count else {
      throw .usage("\(name) does not take \"\(arguments.operands[names.count])\"")
    }
    return arguments.operands
  }
}

extension BrokerConnection {
  /// As `call`, with the error as this program's.
  mutating func ask<Method: ProtocolMethod>(
    _ method: Method.Type, _ params: Method.Params
  ) throws(ProgramError) -> Method.Result {
    do throws(ClientError) { return try call(method, params) } catch { throw .client(error) }
  }
}
