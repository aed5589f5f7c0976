internal import DockerEngine

/// Goes through the images that a build takes from outside, those included that the triggers (`ONBUILD`) of others name,
/// and keeps what the Engine has of them.
struct ImageSurvey {
  private(set) var facts: DockerfileFacts
  /// The id of each image by its name, nil where the Engine lacks it.
  private(set) var ids: [String: String?] = [:]
  private var waiting: [DockerfileFacts.Image]
  private var names: Set<String>

  init(_ facts: DockerfileFacts) {
    self.facts = facts
    waiting = facts.images.reversed()
    names = Set(facts.images.map(\.name))
  }

  /// The next image to be looked for.
  mutating func next() -> DockerfileFacts.Image? { waiting.popLast() }

  mutating func note(_ found: ImageSummary?, of image: DockerfileFacts.Image) {
    note(id: found?.id, of: image)
    guard let triggers = found?.triggers, !triggers.isEmpty else { return }
    facts.learn(triggers: triggers, of: image.reference)
    waiting += facts.images.filter { names.insert($0.name).inserted }.reversed()
  }

  /// One of which is known already what it has to say.
  mutating func note(id: String?, of image: DockerfileFacts.Image) { ids.updateValue(id, forKey: image.name) }
}

extension DockerfileFacts.Image {
  /// Tells images of one name for several platforms apart.
  var name: String { platform.map { "\(reference) (\($0))" } ?? reference }
}

extension EngineClient {
  /// The image as the Engine has it; nil where it has none of that name, or one that the builder would not take.
  func find(_ image: DockerfileFacts.Image, interrupt: Interrupt) throws(EngineError) -> ImageSummary? {
    guard let found = try inspectImage(image.reference, interrupt: interrupt) else { return nil }
    return image.isMet(os: found.os, architecture: found.architecture, variant: found.variant) ? found : nil
  }
}
