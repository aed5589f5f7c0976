/// A source of `ADD`.
struct AddSource: Equatable {
  enum Kind: Equatable {
    /// A path in the build context, or a heredoc.
    case context
    /// `http` or `https`, a repository among them.
    case web
    case git
    /// A repository behind `ssh`, for which the Engine needs keys.
    case gitOverSSH
    /// It holds a variable, or is not well-formed.
    case unknown
  }

  let text: String
  let kind: Kind

  /// `word` is as written.
  init(_ word: String, escape: UInt8) {
    var lexer = ShellLexer(Array(word.utf8)[...], mode: .unquote, escape: escape)
    do throws(ShellLexer.Failure) {
      text = String(decoding: try lexer.text(), as: UTF8.self)
      kind = word.utf8.contains(UInt8(ascii: "$")) ? .unknown : Self.kind(text)
    } catch {
      text = word
      kind = .unknown
    }
  }

  /// What a source is that has no variables left.
  static func kind(_ text: String) -> Kind {
    let lower = text.asciiLowercased()
    if lower.hasPrefix("http://") || lower.hasPrefix("https://") { return .web }
    if lower.hasPrefix("ssh://") || lower.hasPrefix("git+ssh://") || isSecureCopyAddress(text) { return .gitOverSSH }
    return lower.hasPrefix("git://") ? .git : .context
  }

  /// `user@host:path`
  private static func isSecureCopyAddress(_ text: String) -> Bool {
    func isWord(_ byte: UInt8) -> Bool { byte.isASCIILetter || byte.isASCIIDigit || byte == 0x2D }
    let user = text.utf8.prefix { isWord($0) || $0 == 0x5F }
    var rest = text.utf8.dropFirst(user.count)
    guard !user.isEmpty, rest.popFirst() == UInt8(ascii: "@") else { return false }
    let host = rest.prefix { isWord($0) || $0 == 0x2E }
    return !host.isEmpty && rest.dropFirst(host.count).first == UInt8(ascii: ":")
  }
}

extension Instruction {
  /// The sources of an `ADD`; none for other instructions.
  func addSources(escape: UInt8) -> [AddSource] {
    keyword == "ADD" ? sourceWords.map { AddSource($0, escape: escape) } : []
  }

  /// The sources of a `COPY` or an `ADD`, as written.
  var sourceWords: some Collection<String> {
    let bytes = Array(arguments.utf8)[...]
    let words: [String] =
      switch JSONText.execForm(bytes) {
      case .strings(let strings): strings
      case .otherArray: []
      case .none: bytes.split { $0.isWordSeparator }.map { String(decoding: $0, as: UTF8.self) }
      }
    return words.dropLast()
  }
}
