/// Reads the directives at the top of a Dockerfile, by the rules of BuildKit's `parser/directives.go`.
///
/// They end at the first line that is no directive, be it blank, a comment or an instruction.
struct DirectiveReader {
  private(set) var directives: [Directive] = []
  private(set) var syntax: SyntaxImage?
  private(set) var escape = UInt8(ascii: "\\")
  /// The first reason to refuse the Dockerfile. Kept, not thrown: a file that names its own reader is that reader's to
  /// judge.
  private(set) var failure: DockerfileError?
  /// A `syntax` line which only older readers obey, as it stands below a line `# key=value` with an unknown key.
  private(set) var disputedSyntaxLine: Int?

  /// `bytes` is the whole text without byte order mark.
  init(_ bytes: ArraySlice<UInt8>) {
    let hasShebang = bytes.starts(with: Array("#!".utf8))
    readHashed(bytes, hasShebang: hasShebang)
    if syntax == nil { syntax = Self.slashedSyntax(bytes, hasShebang: hasShebang) }
    if syntax == nil { syntax = Self.jsonSyntax(bytes, hasShebang: hasShebang) }
  }

  private mutating func readHashed(_ bytes: ArraySlice<UInt8>, hasShebang: Bool) {
    var lines = SourceLines(bytes)
    if hasShebang { _ = lines.next() }
    var ended = false
    var indented = false
    while let line = lines.next() {
      // The instruction reader strips leading white space before it looks for a directive; the one that looks for the
      // syntax image does not, and ends there.
      let text = line.trimmingLeadingWhiteSpace()
      if text.startIndex != line.startIndex { indented = true }
      guard let (key, value) = Self.keyAndValue(text, comment: "#") else { return }
      let name = Directive.Name(rawValue: key)
      if ended || name == nil {
        ended = true
        if name == .syntax, !indented {
          disputedSyntaxLine = lines.number
          return
        }
        continue
      }
      guard let name else { return }
      if directives.contains(where: { $0.name == name }) {
        if failure == nil, !hasShebang { failure = .duplicateDirective(name: key, line: lines.number) }
        return
      }
      directives.append(Directive(name: name, value: value, line: lines.number))
      switch name {
      case .syntax where !indented: syntax = Self.image(value, line: lines.number)
      case .escape where !hasShebang: setEscape(value, line: lines.number)
      case .syntax, .escape, .check: break
      }
    }
  }

  private mutating func setEscape(_ value: String, line: Int) {
    switch value {
    case "\\": escape = UInt8(ascii: "\\")
    case "`": escape = UInt8(ascii: "`")
    default: failure = .invalidEscape(line: line)
    }
  }

  /// `// syntax=image`, for readers of other languages than Dockerfile.
  private static func slashedSyntax(_ bytes: ArraySlice<UInt8>, hasShebang: Bool) -> SyntaxImage? {
    var lines = SourceLines(bytes)
    if hasShebang { _ = lines.next() }
    while let line = lines.next() {
      guard let (key, value) = keyAndValue(line, comment: "//"), let name = Directive.Name(rawValue: key) else {
        return nil
      }
      if name == .syntax { return image(value, line: lines.number) }
    }
    return nil
  }

  /// `{"syntax": "image"}`: the whole text is one JSON object.
  private static func jsonSyntax(_ bytes: ArraySlice<UInt8>, hasShebang: Bool) -> SyntaxImage? {
    var text = bytes
    if hasShebang { text = bytes.firstIndex(of: 0x0A).map { bytes[($0 + 1)...] } ?? [] }
    guard let value = JSONText.stringMember("syntax", ofObject: text) else { return nil }
    return SyntaxImage(reference: value, line: hasShebang ? 2 : 1)
  }

  private static func image(_ value: String, line: Int) -> SyntaxImage? {
    let word = value.utf8.split(separator: 0x20, maxSplits: 1).first ?? value.utf8[...]
    return SyntaxImage(reference: String(Substring(word)), line: line)
  }

  /// The parts of `COMMENT key = value`; nil for any other line. The key is in lower case.
  private static func keyAndValue(_ line: ArraySlice<UInt8>, comment: StaticString) -> (String, String)? {
    let mark = Array("\(comment)".utf8)
    guard line.starts(with: mark) else { return nil }
    let text = line.dropFirst(mark.count).trimmingLeadingWhiteSpace()
    let key = text.prefix { $0.isASCIILetter || $0.isASCIIDigit }
    guard let first = key.first, first.isASCIILetter else { return nil }
    let equals = text[key.endIndex...].trimmingLeadingWhiteSpace()
    guard equals.first == UInt8(ascii: "="), equals.count > 1 else { return nil }
    return (
      String(decoding: key.asciiLowercased(), as: UTF8.self),
      String(decoding: equals.dropFirst().trimmingWhiteSpace(), as: UTF8.self)
    )
  }
}
