/// An option of a verb.
struct Option: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    /// Takes no value but `=true` and `=false`.
    case flag
    /// `value` names it in the help text.
    case value(String)
  }

  /// `--long`
  let name: String
  /// `-x`
  let short: String?
  let kind: Kind
  let help: String

  init(_ name: String, short: String? = nil, value: String? = nil, _ help: String) {
    self.name = name
    self.short = short
    kind = value.map(Kind.value) ?? .flag
    self.help = help
  }

  static let socket = Option("--socket", value: "PATH", "the broker's socket")
  static let json = Option("--json", "results as JSON on standard output")
  static let help = Option("--help", short: "-h", "this text")
  /// Of the verbs that start a broker.
  static let noStart = Option("--no-start", "do not start a broker where none runs")
  static let common = [socket, json, help]
}
