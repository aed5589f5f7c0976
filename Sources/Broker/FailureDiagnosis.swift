internal import DockerEngine
internal import SwiftDockProtocol

/// Where a build's failure lies in the files of its context, as far as the Engine's words tell.
struct FailureDiagnosis {
  /// A step as the builder counts it.
  struct Step {
    let name: String
    let index: Int
    let total: Int
  }

  /// A line of an ignore file, from 1.
  struct RemovingLine: Equatable {
    let file: String
    let number: Int
    let pattern: String
  }

  /// What `Diagnostic.code` says of failures.
  enum Code: String {
    case dockerfileSyntax, unknownTarget, missingSource, commandFailed, imageUnavailable, stepFailed
    /// Of a line in an ignore file.
    case removesSource
  }

  /// That of the Dockerfile comes first.
  private(set) var diagnostics: [Diagnostic] = []
  /// The arguments of a failed `RUN`, as written.
  private(set) var command: String?
  private(set) var removedBy: RemovingLine?
  private(set) var hint: String?

  /// - Parameters:
  ///   - step: the failed one; nil where none is, or where it has no place in the Dockerfile.
  ///   - dockerfile: its path.
  ///   - lineRemoving: the line of the ignore file that keeps a path from being sent.
  init(
    _ failure: BuildFailure, in step: Step?, _ facts: DockerfileFacts, dockerfile: String,
    lineRemoving: (String) -> RemovingLine?
  ) {
    if failure.kind == .dockerfile {
      // Podman comes to what it does not understand as to any other step.
      let lines =
        failure.dockerfileLine.map { facts.lines(around: $0) }
        ?? step.flatMap { facts.lines(ofStep: $0.name, index: $0.index, of: $0.total) }
      let target = facts.target.flatMap { lines == nil && failure.message.contains($0) ? $0 : nil }
      let nearest = target.flatMap { NearestName.of($0, among: facts.stageNames) }
      hint = nearest.map { "Did you mean the stage \($0)?" }
      diagnostics = [
        Diagnostic(
          lines ?? nearest.flatMap { facts.lines(ofStage: $0) }, in: dockerfile,
          code: target == nil ? .dockerfileSyntax : .unknownTarget, message: failure.message,
          stepID: failure.stepId)
      ]
      return
    }
    guard let step, let lines = facts.lines(ofStep: step.name, index: step.index, of: step.total) else { return }
    let copies = facts.copiesFromContext(at: lines)
    let missing = copies ? failure.missingSource : nil
    // Of patterns that match nothing the classic builder does not say which.
    let patterns = copies && failure.saysNoSourceMatches ? facts.sources(at: lines) : []
    command = failure.exitCode == nil ? nil : facts.command(at: lines)
    diagnostics = [
      Diagnostic(
        lines, in: dockerfile, source: .step,
        code: Self.code(of: failure, isMissing: missing != nil || !patterns.isEmpty), message: failure.message,
        stepID: failure.stepId)
    ]
    for path in missing.map({ [$0] }) ?? patterns {
      guard let line = lineRemoving(path) else { continue }
      removedBy = line
      hint = "Line \(line.number) of \(line.file) (\(line.pattern)) keeps it out of the context."
      diagnostics.append(
        Diagnostic(
          line.number...line.number, in: line.file, severity: .information, code: .removesSource,
          message: "\(line.pattern) keeps \(path) out of the context", stepID: failure.stepId))
      return
    }
  }

  private static func code(of failure: BuildFailure, isMissing: Bool) -> Code {
    if isMissing { return .missingSource }
    if failure.exitCode != nil { return .commandFailed }
    return failure.image == nil ? .stepFailed : .imageUnavailable
  }
}

extension Diagnostic {
  /// - Parameter lines: from 1; nil for a place that is not known, which is shown as the empty start of the file.
  init(
    _ lines: ClosedRange<Int>?, in path: String, severity: Severity = .error, source: Source = .dockerfile,
    code: FailureDiagnosis.Code, message: String, stepID: String? = nil
  ) {
    if let lines {
      self.init(lines, in: path, source: source, message: message, stepID: stepID)
    } else {
      self.init(
        path: path, start: Position(line: 0), end: Position(line: 0), severity: severity, source: source,
        message: message.clipped(to: 4096), stepID: stepID)
    }
    self.severity = severity
    self.code = code.rawValue
  }
}
