/// A word `[digits]<<[-]delimiter` that opens a heredoc (BuildKit's `heredocsFromLine`).
struct HeredocOpening: Equatable {
  let delimiter: [UInt8]
  let isExpanded: Bool
  let stripsTabs: Bool
  /// Every version of the Engine's reader that knows heredocs takes this word alike.
  let isPlain: Bool

  /// Those of a line, in order. None where the line cannot be cut into words, as with a quote that is not closed.
  ///
  /// - Returns: nil if the line is nested too deep to know.
  static func all(in line: ArraySlice<UInt8>) -> [HeredocOpening]? {
    var lexer = ShellLexer(line, mode: .cut)
    do throws(ShellLexer.Failure) {
      return try lexer.words().compactMap { HeredocOpening(word: $0[...]) }
    } catch {
      return error == .tooDeep ? nil : []
    }
  }

  init?(word: ArraySlice<UInt8>) {
    var rest = word.drop { $0.isASCIIDigit }
    guard rest.starts(with: [0x3C, 0x3C]) else { return nil }
    rest = rest.dropFirst(2)
    stripsTabs = rest.first == UInt8(ascii: "-")
    if stripsTabs { rest = rest.dropFirst() }
    guard !rest.isEmpty, !rest.contains(0x3C) else { return nil }
    guard let name = Self.onlyWord(rest, mode: .unquote), let quoted = Self.onlyWord(rest, mode: .unescape) else {
      return nil
    }
    delimiter = name
    func quotes(_ text: [UInt8]) -> Int { text.count { $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\"") } }
    isExpanded = quotes(name) == quotes(quoted)
    let isQuotedWhole = rest.count == name.count + 2 && rest.first == rest.last && !isExpanded
    let isSimple = name.allSatisfy {
      $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x5F || $0 == 0x2D || $0 == 0x2E
    }
    isPlain = isSimple && (rest.elementsEqual(name) || isQuotedWhole)
  }

  private static func onlyWord(_ text: ArraySlice<UInt8>, mode: ShellLexer.Mode) -> [UInt8]? {
    var lexer = ShellLexer(text, mode: mode)
    do throws(ShellLexer.Failure) {
      let words = try lexer.words()
      return words.count == 1 ? words.first : nil
    } catch {
      return nil  // The Engine takes such a word for no heredoc either.
    }
  }
}
