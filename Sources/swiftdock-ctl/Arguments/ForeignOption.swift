/// An option of docker's that this program has no use for: taken where it asks for what happens anyway, refused with
/// the reason otherwise.
struct ForeignOption: Equatable, Sendable {
  /// What asks for nothing special.
  enum Harmless: Equatable, Sendable {
    case anything
    /// Of a flag, `true` and `false`.
    case values(Set<String>)
  }

  /// `--long`
  let name: String
  /// `-x`
  let short: String?
  let takesValue: Bool
  let harmless: Harmless
  /// Why it cannot be done and what to do instead, without a full stop at its end.
  let reason: String

  /// Of a flag.
  init(flag name: String, harmless: Harmless = .values(["false"]), _ reason: String) {
    self.name = name
    short = nil
    takesValue = false
    self.harmless = harmless
    self.reason = reason
  }

  /// Of an option with a value.
  init(_ name: String, short: String? = nil, harmless: Set<String> = [], _ reason: String) {
    self.name = name
    self.short = short
    takesValue = true
    self.harmless = .values(harmless)
    self.reason = reason
  }

  /// - Parameter value: nil where none was given, of a flag too.
  func check(_ value: String?) throws(ProgramError) {
    switch harmless {
    case .anything: return
    case .values(let values):
      if !takesValue, values.contains(Self.isOn(value) ? "true" : "false") { return }
      if takesValue, let value, values.contains(value) { return }
      throw .usage("\(name)\(value.map { takesValue ? "" : "=" + $0 } ?? "") cannot be done: \(reason)")
    }
  }

  private static func isOn(_ value: String?) -> Bool { !["false", "0", "f", "F", "FALSE", "False"].contains(value) }
}
