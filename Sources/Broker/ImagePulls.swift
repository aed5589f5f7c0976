internal import BuildContext
internal import DockerEngine
internal import JSONRPC
internal import SwiftDockProtocol

/// Makes sure that the Engine has every image which a build takes from outside: builders have no login of the caller's
/// to get them with. Each pull is a step.
struct ImagePulls {
  private let measurement: Measurement
  private let feed: ExecutionFeed
  private var survey: ImageSurvey
  /// How many there were.
  private(set) var steps = 0

  init(_ measurement: Measurement, _ feed: ExecutionFeed) {
    self.measurement = measurement
    self.feed = feed
    survey = ImageSurvey(measurement.facts)
  }

  /// Of the images, once `run` has returned.
  var ids: [String: String?] { survey.ids }
  /// What is known of the Dockerfile then.
  var facts: DockerfileFacts { survey.facts }

  private var params: BuildParams { measurement.request.params }
  private var endpoint: String { measurement.request.endpoint }
  private var interrupt: Interrupt { feed.interrupt }

  /// Pulls what is missing, or with `pull` all. Blocks.
  mutating func run() throws(RPCError) {
    while let image = survey.next() {
      let known = measurement.imageIDs[image.name] ?? nil
      if let known, !params.pull || !image.isPullable {
        survey.note(id: known, of: image)
      } else if measurement.imageIDs[image.name] == nil, !params.pull, let found = try find(image) {
        // Named by the triggers of an image that has just been pulled.
        survey.note(found, of: image)
      } else if image.isPullable {
        survey.note(try pullInStep(image), of: image)
      } else {
        survey.note(id: nil, of: image)
      }
    }
    try survey.facts.check(path: measurement.snapshot.dockerfile)
  }

  private mutating func pullInStep(_ image: DockerfileFacts.Image) throws(RPCError) -> ImageSummary? {
    steps += 1
    var step = LogEvent.Step(stepID: String(steps), name: "[internal] pull \(image.name)", state: .started)
    feed.append(.step(step))
    do throws(RPCError) {
      try pull(image, step: step.stepID)
      let found = try find(image)
      step.state = .done
      feed.append(.step(step))
      return found
    } catch {
      step.state = interrupt.isFired ? .cancelled : .failed
      step.error = error.message
      feed.append(.step(step))
      throw error
    }
  }

  private func find(_ image: DockerfileFacts.Image) throws(RPCError) -> ImageSummary? {
    do throws(EngineError) { return try measurement.client.find(image, interrupt: interrupt) } catch {
      throw RPCError(error, endpoint: endpoint, ifLost: .failed)
    }
  }

  private func pull(_ image: DockerfileFacts.Image, step: String) throws(RPCError) {
    var lines = PullLines()
    do throws(EngineError) {
      _ = try measurement.client.createImage(
        image.reference, platform: image.platform,
        auth: image.registry.flatMap { RegistryServer.login(for: $0, among: params.registryAuth) },
        interrupt: interrupt
      ) { events in
        for line in lines.lines(of: events) {
          feed.append(.log(LogEvent.Line(stepID: step, stream: .console, bytes: Array(line.utf8))))
        }
        feed.show(events.compactMap { if case .progress(let item) = $0 { item } else { nil } }, of: step)
      }
    } catch {
      var failure = RPCError(error, endpoint: endpoint, ifLost: .failed)
      failure.tell(of: image.reference, among: params.registryAuth)
      let mayBeStage = failure.isKind(.imageNotFound) || failure.hint == nil
      if mayBeStage, let stage = survey.facts.stage(meantBy: image.reference) {
        failure.hint = "Did you mean the stage \(stage)?"
      }
      if let lines = survey.facts.lines(naming: image.reference) {
        failure.point(at: [
          Diagnostic(
            lines, in: measurement.snapshot.dockerfile, source: .engine, code: .imageUnavailable,
            message: failure.message, stepID: step)
        ])
      }
      throw failure
    }
  }
}

/// Turns the progress of a pull into lines: one for each layer and each state it comes to, not for each byte count.
private struct PullLines {
  private var last: [String: String] = [:]

  mutating func lines(of events: [BuildEvent]) -> [String] {
    var lines: [String] = []
    for event in events {
      switch event {
      case .progress(let item):
        guard last.updateValue(item.label, forKey: item.itemId) != item.label else { continue }
        lines.append(item.label)
      case .log(let line): lines.append(String(decoding: line.bytes, as: UTF8.self))
      case .step, .warning: break
      }
    }
    return lines
  }
}
