internal import SwiftDockProtocol

/// A command line taken apart by the rules that docker's follows: options anywhere among the operands, `--name value`,
/// `--name=value`, `-x value`, `-xvalue`, `-x=value`, flags with `=true` or `=false`, several short flags in one word
/// of which the last may take a value, and operands only after `--`.
struct ParsedArguments: Equatable {
  /// In order; a flag that is off is not there. The value of a flag is empty.
  private(set) var options: [(name: String, value: String)] = []
  private(set) var operands: [String] = []

  static func == (left: ParsedArguments, right: ParsedArguments) -> Bool {
    left.operands == right.operands && left.options.elementsEqual(right.options, by: ==)
  }

  /// - Parameter foreign: are checked, and not kept.
  init(_ arguments: [String], options known: [Option], foreign: [ForeignOption] = []) throws(ProgramError) {
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
      let word = try Word(argument, known, foreign)
      if let shorts = word.moreShorts { rest.insert(shorts, at: rest.startIndex) }
      switch word.meaning {
      case .own(let option):
        switch option.kind {
        case .flag:
          if try Self.isOn(option, word.inline) { self.options.append((option.name, "")) }
        case .value(let what):
          guard let value = word.inline ?? rest.popFirst() else {
            throw .usage("\(argument) needs a value: \(what)")
          }
          self.options.append((option.name, value))
        }
      case .foreign(let option):
        try option.check(word.inline ?? (option.takesValue ? rest.popFirst() : nil))
      }
    }
  }

  func has(_ option: Option) -> Bool { options.contains { $0.name == option.name } }

  /// The last one given.
  func value(of option: Option) -> String? { options.last { $0.name == option.name }?.value }

  func values(of option: Option) -> [String] { options.filter { $0.name == option.name }.map(\.value) }

  private static func isOn(_ option: Option, _ inline: String?) throws(ProgramError) -> Bool {
    switch inline {
    case nil, "true", "1": return true
    case "false", "0": return false
    case .some(let value): throw .usage("\(option.name) is true or false, not \"\(value)\"")
    }
  }
}

extension ParsedArguments {
  /// One word that begins with `-`.
  private struct Word {
    enum Meaning {
      case own(Option)
      case foreign(ForeignOption)

      var takesValue: Bool {
        switch self {
        case .own(let option): option.kind != .flag
        case .foreign(let option): option.takesValue
        }
      }
    }

    let meaning: Meaning
    /// The value that is written in the same word.
    let inline: String?
    /// The short options behind the first, as a word of their own.
    let moreShorts: String?

    init(_ argument: String, _ known: [Option], _ foreign: [ForeignOption]) throws(ProgramError) {
      let equals = argument.firstIndex(of: "=")
      let name = equals.map { String(argument[..<$0]) } ?? argument
      if let meaning = Self.meaning(name, known, foreign) {
        self.meaning = meaning
        inline = equals.map { String(argument[argument.index(after: $0)...]) }
        moreShorts = nil
        return
      }
      let behind = String(argument.dropFirst(2))
      guard !argument.hasPrefix("--"), !behind.isEmpty,
        let meaning = Self.meaning(String(argument.prefix(2)), known, foreign)
      else { throw .usage(Self.unknown(name, among: known)) }
      self.meaning = meaning
      inline = meaning.takesValue ? behind : nil
      moreShorts = meaning.takesValue ? nil : "-" + behind
    }

    private static func meaning(_ name: String, _ known: [Option], _ foreign: [ForeignOption]) -> Meaning? {
      if let option = known.first(where: { $0.name == name || $0.short == name }) { return .own(option) }
      return foreign.first { $0.name == name || $0.short == name }.map(Meaning.foreign)
    }

    private static func unknown(_ name: String, among known: [Option]) -> String {
      let dashes = "--"
      guard name.hasPrefix(dashes),
        let nearest = NearestName.of(
          String(name.dropFirst(dashes.count)), among: known.map { String($0.name.dropFirst(dashes.count)) })
      else { return "\(name) is not supported" }
      return "\(name) is not supported; did you mean \(dashes)\(nearest)?"
    }
  }
}
