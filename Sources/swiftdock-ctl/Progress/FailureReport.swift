internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// The last words about a build that failed: the failed step's last lines, the place in the Dockerfile, the error.
struct FailureReport {
  /// Lines shown before and after those at fault.
  private static let surroundings = 2
  private static let excerptLimit = 40

  let error: RPCError
  /// In the context, as errors have it.
  let dockerfileName: String
  /// What it is called to people, where that is not its name.
  var dockerfileTitle: String?
  /// Its bytes, where they could be read.
  let dockerfile: [UInt8]?
  let step: FailedSteps.Step?

  var lines: [String] {
    var lines: [String] = []
    if let step, !step.lastLines.isEmpty {
      lines += ["------", " > \(step.name):"] + step.lastLines + ["------"]
    }
    lines += excerpt
    lines.append("ERROR: \(error.message)")
    if let code = exitCode, !error.message.contains("exit code: \(code)") { lines.append("exit code: \(code)") }
    lines += error.causes.map { "  because: \($0.message)" }
    if let advice = error.advice { lines.append(advice) }
    return lines
  }

  private var exitCode: Int64? { error.detail?["exitCode"]?.integerValue }

  private var excerpt: [String] {
    guard let dockerfile, let first = faultyLines.min(), let last = faultyLines.max() else { return [] }
    let source = dockerfile.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard first >= 1, first <= source.count else { return [] }
    let from = max(1, first - Self.surroundings)
    let to = min(source.count, min(last, from + Self.excerptLimit) + Self.surroundings)
    let rule = "--------------------"
    let body = (from...to).map { number in
      let text = String(decoding: source[number - 1], as: UTF8.self)
      let label = String(number)
      let margin = String(repeating: " ", count: max(0, 4 - label.count)) + label
      return "\(margin) | \(faultyLines.contains(number) ? ">>>" : "   ") \(text)"
    }
    return ["\(dockerfileTitle ?? dockerfileName):\(first)", rule] + body + [rule]
  }

  /// From 1.
  private var faultyLines: Set<Int> {
    guard let detail = error.detail else { return [] }
    var lines: Set<Int> = []
    let isOfDockerfile = detail["path"]?.stringValue.map { $0 == dockerfileName } ?? true
    let numbers = isOfDockerfile ? (detail["lines"]?.arrayValue ?? []) + [detail["line"]].compactMap(\.self) : []
    for value in numbers {
      if let line = value.integerValue.flatMap({ Int(exactly: $0) }) { lines.insert(line) }
    }
    for value in detail["diagnostics"]?.arrayValue ?? [] {
      guard let diagnostic = Self.diagnostic(value), diagnostic.path == dockerfileName, diagnostic.severity == .error
      else { continue }
      // One without a place in the file.
      if diagnostic.start == diagnostic.end { continue }
      let end = diagnostic.end.line + (diagnostic.end.character > 0 ? 1 : 0)
      let count = min(max(end - diagnostic.start.line, 1), Self.excerptLimit)
      lines.formUnion((diagnostic.start.line + 1)..<(diagnostic.start.line + 1 + count))
    }
    return lines
  }

  /// One that cannot be read is left out: the error itself is shown in any case.
  private static func diagnostic(_ json: JSONValue) -> Diagnostic? {
    do throws(ShapeError) { return try Diagnostic(json, at: "", as: .answer) } catch { return nil }
  }
}
