internal import SwiftDockProtocol

/// A command line taken apart by the rules that docker's follows: options anywhere among the operands, `--name value`,
/// `--name=value`, `-x value`, `-xvalue`, `-x=value`, flags with `=true` or `=false`, and operands only after `--`.
struct ParsedArguments: Equatable {
  /// In order; a flag that is off is not there. The value of a flag is empty.
  private(set) var options: [(name: String, value: String)] = []
  private(set) var operands: [String] = []

  static func == (left: ParsedArguments, right: ParsedArguments) -> Bool {
    left.operands == right.operands && left.options.elementsEqual(right.options, by: ==)
  }

  init(_ arguments: [String], options known: [Option]) throws(ProgramError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        operands += rest
        return
      }
      guard argument.hasPrefix("-"), argument != "-" else {
        operands.append(argument)
        continue
      }
      let (option, inline) = try Self.option(argument, among: known)
      switch option.kind {
      case .flag:
        if try Self.isOn(option, inline) { self.options.append((option.name, "")) }
      case .value(let what):
        guard let value = inline ?? rest.popFirst() else {
          throw .usage("\(argument) needs a value: \(what)")
        }
        self.options.append((option.name, value))
      }
    }
  }

  func has(_ option: Option) -> Bool { options.contains { $0.name == option.name } }

  /// The last one given.
  func value(of option: Option) -> String? { options.last { $0.name == option.name }?.value }

  func values(of option: Option) -> [String] { options.filter { $0.name == option.name }.map(\.value) }

  /// The option that `argument` names, and the value that is written in the same word.
  private static func option(
    _ argument: String, among known: [Option]
  ) throws(ProgramError) -> (Option, inline: String?) {
    let equals = argument.firstIndex(of: "=")
    let name = equals.map { String(argument[..<$0]) } ?? argument
    let inline = equals.map { String(argument[argument.index(after: $0)...]) }
    if let option = known.first(where: { $0.name == name || $0.short == name }) { return (option, inline) }
    if !argument.hasPrefix("--"), argument.count > 2 {
      let short = String(argument.prefix(2))
      if let option = known.first(where: { $0.short == short }), option.kind != .flag {
        return (option, String(argument.dropFirst(2)))
      }
    }
    throw .usage(unknown(name, among: known))
  }

  private static func unknown(_ name: String, among known: [Option]) -> String {
    let dashes = "--"
    guard name.hasPrefix(dashes),
      let nearest = NearestName.of(
        String(name.dropFirst(dashes.count)), among: known.map { String($0.name.dropFirst(dashes.count)) })
    else { return "\(name) is not supported" }
    return "\(name) is not supported; did you mean \(dashes)\(nearest)?"
  }

  private static func isOn(_ option: Option, _ inline: String?) throws(ProgramError) -> Bool {
    switch inline {
    case nil, "true", "1": return true
    case "false", "0": return false
    case .some(let value): throw .usage("\(option.name) is true or false, not \"\(value)\"")
    }
  }
}
