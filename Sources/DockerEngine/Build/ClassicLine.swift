/// A line that the classic builder, or Podman in its place, says itself.
enum ClassicLine: Equatable {
  /// `Step 2/5 : RUN make`; Podman: `STEP 2/5: RUN make`, with `[1/2] ` before it where there are several stages.
  case step(index: Int, total: Int, name: String)
  /// `# Executing 2 build triggers`: a `FROM` goes on with the triggers of its image, which are no steps of their own.
  case triggers(Int)
  /// ` ---> Using cache`; Podman: `--> Using cache 0123…`.
  case usingCache
  /// ` ---> Running in 0123456789ab`: a container was made whose output follows.
  case running(container: String)
  /// `Successfully built 0123456789ab`.
  case built(shortID: String)
  /// `[Warning] …`, also behind an arrow.
  case warning(String)
  case other

  init(_ line: String) {
    if let step = Self.step(line) {
      self = step
    } else if let count = Self.triggerCount(line) {
      self = .triggers(count)
    } else if line == " ---> Using cache" || line.hasPrefix("--> Using cache") {
      self = .usingCache
    } else if let id = Self.shortID(line, after: " ---> Running in ") {
      self = .running(container: id)
    } else if let id = Self.shortID(line, after: "Successfully built ") {
      self = .built(shortID: id)
    } else if let text = Self.text(line, after: "[Warning] ") ?? Self.text(line, after: " ---> [Warning] ") {
      self = .warning(text)
    } else {
      self = .other
    }
  }

  private static func text(_ line: String, after prefix: String) -> String? {
    line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : nil
  }

  private static func triggerCount(_ line: String) -> Int? {
    guard let rest = text(line, after: "# Executing "),
      rest.hasSuffix(" build trigger") || rest.hasSuffix(" build triggers")
    else { return nil }
    return Int(rest.prefix { $0 != " " })
  }

  private static func shortID(_ line: String, after prefix: String) -> String? {
    guard let id = text(line, after: prefix), 12...64 ~= id.utf8.count,
      id.utf8.allSatisfy({
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
      })
    else { return nil }
    return id
  }

  private static func step(_ line: String) -> ClassicLine? {
    if let rest = text(line, after: "Step ") { return step(rest, separator: " : ") }
    var rest = line[...]
    if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
      rest = rest[rest.index(after: close)...].dropFirst()
    }
    return rest.hasPrefix("STEP ") ? step(String(rest.dropFirst(5)), separator: ": ") : nil
  }

  private static func step(_ text: String, separator: String) -> ClassicLine? {
    let counts = text.prefix { $0.isASCII && ($0.isNumber || $0 == "/") }
    let rest = text[counts.endIndex...]
    let numbers = counts.split(separator: "/", omittingEmptySubsequences: false)
    guard numbers.count == 2, let index = Int(numbers[0]), let total = Int(numbers[1]), rest.hasPrefix(separator)
    else { return nil }
    return .step(index: index, total: total, name: String(rest.dropFirst(separator.count)))
  }
}
