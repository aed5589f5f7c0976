/// Turns the records of the classic builder, or of Podman in its place, into events. One value a build.
///
/// Docker sends what a container writes as records of their own, between ` ---> Running in ID` and the word of its
/// removal; in between nothing is taken for the builder's words, whatever it looks like.
/// Podman does not mark output, so that all of it is `console`.
struct ClassicStreamTranslator {
  private struct Step {
    let index: Int
    let total: Int
    let id: String
    let name: String
    /// Layers that it makes: one, or for a `FROM` one for each trigger of the image.
    var layers = 1
    var cachedLayers = 0
    /// A container was announced: of its failure its output tells, and not what the builder says around it.
    var hasContainer = false
    var output: StepOutput

    var isCached: Bool { cachedLayers > 0 && cachedLayers == layers }
  }

  /// Bytes kept of a step's name; the whole is in the Dockerfile.
  static let nameLimit = 8192

  /// Containers that are remembered. More than one at a time there are only where some cannot be removed.
  private static let containerLimit = 16

  private var step: Step?
  /// It says `STEP`, and nothing of containers: what looks like that is output.
  private var isPodman = false
  private var stepsShown = 0
  /// The container whose output is coming.
  private var container: String?
  /// The builder's own lines.
  private var console = LineAssembler()
  /// The line that is coming was begun by a piece that has been dealt with.
  private var isContinuation = false
  private var isContinuationOfStep = false
  /// What is said before the first step and after the last.
  private var outside = StepOutput(step: nil)
  /// Of the images that the step pulls.
  private var layers = LayerProgress()
  private var lastImageID: String?
  private var builtShortID: String?
  private var failure: BuildFailure?

  /// Containers that were announced and of which no removal was announced.
  private(set) var announcedContainers: [String] = []

  /// Only an image that is named after the builder says it is done counts: ids come for every stage.
  var verdict: StreamVerdict {
    if let failure { return .failed(failure) }
    guard let short = builtShortID else { return .none }
    if let id = lastImageID, id.hasPrefix(short) || id.hasPrefix("sha256:" + short) { return .image(id) }
    return .image(short)
  }

  mutating func accept(_ record: EngineRecord, into events: inout [BuildEvent]) {
    switch record {
    case .text(let text): accept(text, into: &events)
    case .imageID(let id, _): lastImageID = id
    case .status(let status): events.append(PullProgress.event(for: layers.measured(status), step: step?.id))
    case .error(let message, let code): fail(message, code: code, into: &events)
    case .trace, .pushed, .other: break  // Not sent by this builder.
    }
  }

  /// Hands out what there is of unfinished lines.
  mutating func flushPartials(into events: inout [BuildEvent]) {
    step?.output.flush(to: &events)
    var pieces: [LineAssembler.Piece] = []
    console.flush(to: &pieces)
    for piece in pieces { own(piece, into: &events) }
  }

  /// The stream has ended. A step that has not ended by now keeps its state: how it went is not known.
  mutating func finish(into events: inout [BuildEvent]) {
    finishConsole(into: &events)
    step?.output.finish(to: &events)
    outside.finish(to: &events)
  }

  private mutating func accept(_ text: String, into events: inout [BuildEvent]) {
    if let container {
      guard let isRemoved = Self.removal(text, of: container) else {
        output(text, into: &events)
        return
      }
      step?.output.finish(to: &events)
      if isRemoved { announcedContainers.removeAll { $0 == container } }
      self.container = nil
    }
    var pieces: [LineAssembler.Piece] = []
    console.append(text.utf8, to: &pieces)
    for piece in pieces { own(piece, into: &events) }
  }

  /// Whether the container was removed, where the record says so or that it could not be; nil for what it wrote.
  ///
  /// The words (moby `containerbackend.go`) of Engines before 23.0, and of later ones.
  private static func removal(_ text: String, of container: String) -> Bool? {
    let words = "Removing intermediate container \(container)"
    if text == words + "\n" || text == " ---> Removed intermediate container \(container)\n" { return true }
    let isRefused =
      text.hasPrefix("Error removing intermediate container \(container): ") || text.hasPrefix(words + ": ")
    return isRefused ? false : nil
  }

  /// What a container wrote. Engines put its standard error between two escape sequences, once a record (moby
  /// `pkg/streamformatter`, `stderrWriter`).
  private mutating func output(_ text: String, into events: inout [BuildEvent]) {
    let (before, after) = ("\u{1B}[91m", "\u{1B}[0m")
    let bytes = text.utf8
    if bytes.count >= before.utf8.count + after.utf8.count, bytes.starts(with: before.utf8),
      bytes.suffix(after.utf8.count).elementsEqual(after.utf8)
    {
      let inner = bytes.dropFirst(before.utf8.count).dropLast(after.utf8.count)
      step?.output.append(inner, of: .stderr, to: &events)
    } else {
      step?.output.append(bytes, of: .stdout, to: &events)
    }
  }

  private mutating func own(_ piece: LineAssembler.Piece, into events: inout [BuildEvent]) {
    defer {
      isContinuation = piece.partial
      if !piece.partial { isContinuationOfStep = false }
    }
    if isContinuationOfStep { return }
    if isContinuation { return log(piece, into: &events) }
    let line = String(decoding: piece.bytes, as: UTF8.self)
    switch ClassicLine(line) {
    case .step(let index, let total, let name) where follows(index, total) && isOwn(step: line):
      isContinuationOfStep = piece.partial
      isPodman = !line.hasPrefix("Step ")
      begin(index: index, total: total, name: name, into: &events)
    case .triggers(let count):
      step?.layers = count
      log(piece, into: &events)
    case .usingCache:
      step?.cachedLayers += 1
      log(piece, into: &events)
    case .running(let id) where !isPodman:
      log(piece, into: &events)
      guard step != nil else { return }
      step?.hasContainer = true
      step?.output.forgetRecent()
      container = id
      announcedContainers.append(id)
      if announcedContainers.count > Self.containerLimit { announcedContainers.removeFirst() }
    case .built(let id):
      builtShortID = id
      endStep(into: &events)
      log(piece, into: &events)
    case .warning(let text):
      events.append(.warning(code: "engineWarning", message: text, lines: nil))
    case .step, .running, .other: log(piece, into: &events)
    }
  }

  private mutating func log(_ piece: LineAssembler.Piece, into events: inout [BuildEvent]) {
    if let step {
      self.step?.output.give([piece], of: .console, isRecent: !step.hasContainer, to: &events)
    } else {
      outside.give([piece], of: .console, to: &events)
    }
  }

  /// A command may run a builder of the other kind.
  private func isOwn(step line: String) -> Bool { step == nil || isPodman != line.hasPrefix("Step ") }

  /// Podman's output is not told from its own lines: a count that does not go on from the last is not one of them.
  private func follows(_ index: Int, _ total: Int) -> Bool {
    guard let step else { return index == 1 }
    return index == 1 || (index == step.index + 1 && total == step.total)
  }

  private mutating func begin(index: Int, total: Int, name: String, into events: inout [BuildEvent]) {
    endStep(into: &events)
    stepsShown += 1
    layers = LayerProgress()
    let id = String(stepsShown)
    let new = Step(
      index: index, total: total, id: id, name: name.clipped(to: Self.nameLimit), output: StepOutput(step: id))
    step = new
    events.append(event(new, .started))
  }

  private mutating func endStep(into events: inout [BuildEvent]) {
    guard var ended = step else { return }
    ended.output.finish(to: &events)
    events.append(event(ended, ended.isCached ? .cached : .done))
    step = nil
  }

  private func event(_ step: Step, _ state: StepEvent.State, error: String? = nil) -> BuildEvent {
    .step(
      StepEvent(
        stepId: step.id, name: step.name, index: step.index, total: step.total, state: state, error: error))
  }

  private mutating func finishConsole(into events: inout [BuildEvent]) {
    var pieces: [LineAssembler.Piece] = []
    console.finish(to: &pieces)
    for piece in pieces { own(piece, into: &events) }
  }

  private mutating func fail(_ message: String, code: Int?, into events: inout [BuildEvent]) {
    finishConsole(into: &events)
    var failure = BuildFailure(engineText: message, code: code == 0 ? nil : code)
    if var failed = step {
      failed.output.finish(to: &events)
      failure.happened(in: failed.id, named: failed.name, after: failed.output.recent.texts)
      let state: StepEvent.State = failure.kind == .cancelled ? .cancelled : .failed
      events.append(event(failed, state, error: failure.message))
      step = nil
    }
    self.failure = failure
    container = nil
  }
}
