extension BuildFailure {
  /// Reads an error text of an Engine: of an `errorDetail`, or of an answer with a 4xx or 5xx status.
  ///
  /// Engines give no codes on this path, so that the words have to be read. Those of moby's classic builder, BuildKit
  /// 0.8 to 0.32 and Buildah are known here, those about registries in `RegistryText`; a text that is not is `engine`.
  /// - Parameter code: `errorDetail.code`, the exit status where the classic builder names it.
  init(engineText: String, code: Int? = nil, status: Int? = nil) {
    var text = engineText.clipped(to: EngineText.limit)
    while let last = text.last, last.isWhitespace { text.removeLast() }
    var causes: [String] = []
    while let (wrapping, rest) = Self.unwrapped(text) {
      causes.append(String(wrapping))
      text = String(rest)
    }
    // BuildKit 0.8 says `"/x" not found: not found`.
    if text.hasSuffix(" not found: not found") { text.removeLast(": not found".count) }
    if let dump = text.firstRange(of: Self.buildahDump, from: 0) { text = String(text[..<dump.lowerBound]) }
    if text.isEmpty { text = Self.withoutReason(status: status) }
    let exitCode = code ?? Self.exitCode(in: text)
    self.init(
      kind: Self.kind(of: text, wrappedIn: causes, exitCode: exitCode, status: status),
      message: text)
    self.causes = causes
    self.exitCode = exitCode
    dockerfileLine = Self.dockerfileLine(in: text)
    self.status = status
  }

  /// Behind the word about an instruction that Buildah does not know: its own notes of it.
  private static let buildahDump = " &imagebuilder.Step{"

  /// Takes off what Buildah puts before a cause: the step's own text, and a directory that nobody else knows.
  mutating func unwrapBuildah(step: String) {
    let wrapping = "building at STEP \"\(step)\""
    guard message.hasPrefix(wrapping + ": ") else { return }
    causes.append(wrapping)
    message = String(message.dropFirst(wrapping.count + 2))
    let sources = "checking on sources under \""
    if message.hasPrefix(sources), let end = message.firstRange(of: "\": ", from: sources.utf8.count) {
      message = String(message[end.upperBound...])
    }
  }

  /// Podman's answers have no text before 4.9 where it refuses a request.
  private static func withoutReason(status: Int?) -> String {
    let refusal = status.map { "the Engine refused with status \($0)" } ?? "the Engine failed"
    return refusal + " and gave no reason"
  }

  /// The outermost wrapping and what it wraps.
  private static func unwrapped(_ text: String) -> (wrapping: Substring, rest: Substring)? {
    for wrapping in wrappings where text.hasPrefix(wrapping) {
      guard let end = text.firstRange(of: ": ", from: wrapping.count) else { continue }
      return (text[..<end.lowerBound], text[end.upperBound...])
    }
    guard text.hasPrefix("rpc error: code = "), let end = text.firstRange(of: " desc = ", from: 0) else { return nil }
    return (text[..<end.lowerBound], text[end.upperBound...])
  }

  /// Beginnings of wrappings; each goes on to the next ": ".
  private static let wrappings = [
    "failed to solve", "failed to create LLB definition", "failed to build LLB", "failed to load LLB",
    "failed to compute cache key", "failed to calculate checksum of ref ",
  ]

  /// The number that the text ends in, where it is introduced as an exit status.
  private static func exitCode(in text: String) -> Int? {
    let digits = text.reversed().prefix { $0.isASCII && $0.isNumber }.count
    guard digits > 0 else { return nil }
    let introductions = ["exit code: ", "non-zero code: ", "exit status "]
    let before = text.dropLast(digits)
    guard introductions.contains(where: { before.hasSuffix($0) }) else { return nil }
    return Int(text.suffix(digits))
  }

  private static func dockerfileLine(in text: String) -> Int? {
    for introduction in ["dockerfile parse error line ", "dockerfile parse error on line "] {
      guard let range = text.firstRange(of: introduction, from: 0) else { continue }
      return Int(text[range.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }
    return nil
  }

  /// The first row that fits holds; those whose texts quote a Dockerfile come before those whose words may be quoted.
  private static func kind(of text: String, wrappedIn causes: [String], exitCode: Int?, status: Int?) -> FailureKind {
    if exitCode != nil { return .step }
    let lowered = text.lowercased()
    func says(_ phrases: String...) -> Bool { phrases.contains { lowered.firstRange(of: $0, from: 0) != nil } }
    if says("dockerfile parse error", "unknown instruction", "dockerfile cannot be empty", "file with no instructions")
      || says("failed to reach build target", "target stage ", "no build stage in current context")
      || says("was not found in the provided dockerfile")
    {
      return .dockerfile
    }
    if says("no space left on device", "disk quota exceeded") { return .diskFull }
    if lowered.hasSuffix("context canceled") || says("build cancelled") { return .cancelled }
    if says("cannot locate specified dockerfile", "failed to read dockerfile") { return .dockerfileNotFound }
    if says("no active session") { return says("authorize", "oauth token") ? .authRequired : .sessionRequired }
    if let kind = RegistryText.kind(of: lowered) { return kind }
    if lowered.hasSuffix(": not found"), !lowered.hasSuffix("\": not found"), !lowered.hasPrefix("\"") {
      return .imageNotFound
    }
    if says("archive/tar", "error processing tar file", "unexpected eof") { return .contextInvalid }
    if status == 400 || says("not supported by buildkit", "invalid host") { return .option }
    return .engine
  }
}

extension String {
  /// The first occurrence of `needle` at or behind `offset` bytes, compared byte by byte.
  func firstRange(of needle: String, from offset: Int) -> Range<String.Index>? {
    let text = utf8
    let first = needle.utf8.first
    var start = text.index(text.startIndex, offsetBy: offset, limitedBy: text.endIndex) ?? text.endIndex
    while let found = text[start...].firstIndex(where: { $0 == first }) {
      if text[found...].starts(with: needle.utf8) {
        return found..<text.index(found, offsetBy: needle.utf8.count)
      }
      start = text.index(after: found)
    }
    return nil
  }
}
