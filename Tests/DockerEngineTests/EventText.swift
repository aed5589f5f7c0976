@testable import DockerEngine

extension BuildEvent {
  /// The event in one line, for tables: `2 started 1/2 COPY a /`, `2 out| text`, `2 out+| piece of a line`.
  var text: String {
    switch self {
    case .step(let step):
      let count = step.index.map { " \($0)/\(step.total ?? 0)" } ?? ""
      return "\(step.stepId) \(step.state)\(count) \(step.name)" + (step.error.map { " ! \($0)" } ?? "")
    case .log(let line):
      let stream =
        switch line.stream {
        case .stdout: "out"
        case .stderr: "err"
        case .console: "con"
        }
      return "\(line.stepId ?? "-") \(stream)\(line.partial ? "+" : "")| \(String(decoding: line.bytes, as: UTF8.self))"
    case .progress(let item):
      return "progress \(item.itemId) \(item.label) \(item.current)/\(item.total.map(String.init) ?? "?") \(item.unit)"
    case .warning(let code, let message, let lines):
      return "warning \(code): \(message)" + (lines.map { " @\($0.lowerBound)-\($0.upperBound)" } ?? "")
    }
  }
}

extension [BuildEvent] {
  var texts: [String] { map(\.text) }
}
