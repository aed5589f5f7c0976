/// One pattern of an ignore file, ready to be compared with paths.
struct IgnorePattern: Equatable, Sendable {
  private enum Form: Equatable, Sendable {
    case exact
    case prefix
    case suffix
    case program(IgnoreProgram)
    /// Builders compile a pattern when a path first has to be compared with it: one that cannot be compiled is an
    /// error only then.
    case unusable(IgnoreFileFault)
  }

  /// Cleaned, without the `!`.
  let text: [UInt8]
  let isException: Bool
  /// Whether `text`, without a `/**` or `/*` at its end, can be compared with directories as it stands.
  let isPlainBelowDirectory: Bool
  /// Where it stands; 0 for what is sent whatever the file says.
  let line: Int
  private let form: Form

  /// Nothing if the line holds only white space after all.
  init?(_ line: IgnoreFile.Line) throws(IgnoreFileError) {
    let trimmed = LenientUTF8.trimmingWhiteSpace(line.pattern)
    guard !trimmed.isEmpty else { return nil }
    var text = LexicalPath.clean(trimmed)
    isException = text.first == UInt8(ascii: "!")
    if isException {
      text.removeFirst()
      guard !text.isEmpty else {
        throw IgnoreFileError(line: line.number, pattern: trimmed, reason: .exceptionWithoutPattern)
      }
    }
    guard IgnoreSyntax.accepts(text) else {
      throw IgnoreFileError(line: line.number, pattern: text, reason: .malformedPattern)
    }
    self.text = text
    self.line = line.number
    isPlainBelowDirectory = !Self.withoutTrailingGlob(text).contains { "*[]?^\\".utf8.contains($0) }
    switch IgnoreExpression(pattern: text) {
    case .exact: form = .exact
    case .prefix: form = .prefix
    case .suffix: form = .suffix
    case .expression(let expression):
      do throws(IgnoreFileFault) {
        form = .program(try IgnoreProgramReader.read(expression))
      } catch {
        form = .unusable(error)
      }
    }
  }

  /// An exception for this one path, in which no character has a meaning.
  init(alwaysSending path: [UInt8]) {
    text = path
    isException = true
    isPlainBelowDirectory = true
    line = 0
    form = .exact
  }

  func matches(_ path: [UInt8]) throws(IgnoreFileError) -> Bool {
    switch form {
    case .exact:
      return path == text
    case .prefix:
      return path.starts(with: text.dropLast(2))
    case .suffix:
      let suffix = text.dropFirst(2)
      if path.count >= suffix.count { return path.suffix(suffix.count) == suffix }
      return suffix.first == LexicalPath.slash && path[...] == suffix.dropFirst()
    case .program(let program):
      return program.matches(path)
    case .unusable(let reason):
      throw IgnoreFileError(line: line, pattern: text, reason: reason)
    }
  }

  /// `text` without a `/**` and then a `/*` at its end.
  var textBelowDirectory: ArraySlice<UInt8> { Self.withoutTrailingGlob(text) }

  private static func withoutTrailingGlob(_ text: [UInt8]) -> ArraySlice<UInt8> {
    var text = text[...]
    if text.suffix(3).elementsEqual("/**".utf8) { text.removeLast(3) }
    if text.suffix(2).elementsEqual("/*".utf8) { text.removeLast(2) }
    return text
  }
}
