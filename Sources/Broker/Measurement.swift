internal import BuildContext
internal import BuildScheduling
internal import DockerEngine
internal import JSON
internal import JSONRPC
internal import SwiftDockProtocol

/// A build whose context was read and whose Dockerfile was understood: everything that is needed to decide about it and
/// to run it. Made on a reader's thread.
struct Measurement: Sendable {
  let request: Request
  var client: EngineClient
  let builder: DockerEngine.Builder
  let snapshot: ContextSnapshot
  let facts: DockerfileFacts
  let inputs: BuildInputs
  let measured: MeasuredBuild

  /// Everything that measuring needs to know, as values.
  struct Request: Sendable {
    let params: BuildParams
    let ownerUID: UInt32
    let network: BuildNetwork
    let endpoint: String
    let input: ContextInput
    let reader: ContextReader
    /// Of the values of options.
    let valueDigest: KeyedDigest
  }

  /// What the images that the Dockerfile names are in the Engine now, by name and platform.
  var imageIDs: [String: String?] { inputs.images }

  /// Blocks: connects to the Engine, walks and hashes the tree, and asks the Engine for the images.
  init(_ request: Request, engine: EngineLink, interrupt: Interrupt) throws(RPCError) {
    self.request = request
    let params = request.params
    client = try engine.connect(interrupt: interrupt)
    builder = try Self.choose(params.builder, client.identity)
    if let ignored = IgnoredOption.first(in: params, network: request.network, builder, at: client.identity) {
      throw RPCError(.featureUnsupported, ignored.reason, detail: ["feature": .string(ignored.name)])
    }
    snapshot = try request.reader.snapshot(
      of: request.input, dockerfile: params.dockerfile, text: params.dockerfileText,
      walker: builder == .buildKit ? .buildKit : .classic, isToBeSent: true, interrupt: interrupt)
    let images = try Self.images(
      try Self.facts(snapshot, params, builder, client.identity), client, request.endpoint, interrupt)
    facts = images.facts
    try facts.check(path: snapshot.dockerfile)
    _ = try Self.references(params.tags, snapshot.digest)
    inputs = try Self.inputs(request, client.identity, builder, snapshot, facts, images: images.ids)
    measured = MeasuredBuild(
      key: inputs.key, images: inputs.images, source: Self.sourceName(request, builder),
      needsFresh: params.noCache || params.pull,
      isShared: params.dedupe == .auto)
  }

  private static func choose(
    _ wanted: SwiftDockProtocol.Builder, _ identity: EngineIdentity
  ) throws(RPCError) -> DockerEngine.Builder {
    switch wanted {
    case .auto: return identity.automaticBuilder.builder
    case .classic: return .classic
    case .buildkit:
      guard identity.product == .docker, identity.apiVersion >= APIVersion(1, 39) else {
        throw RPCError(
          .featureUnsupported, "This Engine has no BuildKit: \(identity.automaticBuilder.reason)",
          hint: "Use builder auto or classic.", detail: ["feature": "builder=buildkit"])
      }
      return .buildKit
    }
  }

  /// What was received is nobody else's source: it cannot fail with that of another.
  private static func sourceName(_ request: Request, _ builder: DockerEngine.Builder) -> String {
    let file = request.params.dockerfileText == nil ? request.params.dockerfile : ""
    let place =
      switch request.input {
      case .path(let root): root
      case .inline: ""
      case .descriptor, .tree: RandomID.make()
      }
    return "\(builder)\0\(file)\0\(place)"
  }

  private static func facts(
    _ snapshot: ContextSnapshot, _ params: BuildParams, _ builder: DockerEngine.Builder, _ identity: EngineIdentity
  ) throws(RPCError) -> DockerfileFacts {
    let reading = DockerfileFacts.Reading(
      usesBuildKit: builder == .buildKit, readsHeredocs: identity.majorVersion >= 23, target: params.target,
      buildArgs: Dictionary(params.buildArgs.map { ($0.name, $0.value) }) { _, last in last },
      platform: params.platform, enginePlatform: identity.platform)
    let facts: DockerfileFacts
    do throws(DockerfileFacts.Problem) {
      facts = try DockerfileFacts(snapshot.dockerfileBytes, reading)
    } catch { throw RPCError(error, kind: .dockerfileInvalid, path: snapshot.dockerfile) }
    try facts.check(path: snapshot.dockerfile)
    return facts
  }

  /// The tags with the digest in them. Whether they can be had does not depend on which digest it is.
  static func references(
    _ templates: [TagTemplate], _ digest: ContextDigest
  ) throws(RPCError) -> [ImageReference] {
    var tags: [ImageReference] = []
    for template in templates {
      do throws(ImageReferenceError) {
        let tag = try template.reference(contextDigest: digest.hex)
        if !tags.contains(tag) { tags.append(tag) }
      } catch {
        throw RPCError(.invalidParams, error.explanation, detail: ["path": "/tags", "expected": "references"])
      }
    }
    return tags
  }

  private static func images(
    _ facts: DockerfileFacts, _ client: EngineClient, _ endpoint: String, _ interrupt: Interrupt
  ) throws(RPCError) -> ImageSurvey {
    var survey = ImageSurvey(facts)
    while let image = survey.next() {
      do throws(EngineError) { survey.note(try client.find(image, interrupt: interrupt), of: image) } catch {
        throw RPCError(error, endpoint: endpoint, ifLost: .failed)
      }
    }
    return survey
  }
}

extension DockerfileFacts {
  /// - Parameter path: of the Dockerfile, for the error.
  func check(path: String) throws(RPCError) {
    if let unsupported { throw RPCError(unsupported, kind: .featureUnsupported, path: path) }
  }
}

extension RPCError {
  init(_ problem: DockerfileFacts.Problem, kind: ErrorKind, path: String) {
    var detail = JSONObject()
    detail.put("feature", problem.feature)
    detail.put("line", problem.lines?.lowerBound)
    if let lines = problem.lines {
      detail.put("diagnostics", [Diagnostic(lines, in: path, message: problem.message)])
    }
    let sentence = problem.message.prefix(1).uppercased() + problem.message.dropFirst()
    let place = problem.lines.map { "\(path), line \($0.lowerBound): " } ?? ""
    self.init(kind, place.isEmpty ? sentence : place + problem.message, detail: detail)
  }
}

extension Diagnostic {
  init(
    _ lines: ClosedRange<Int>, in path: String, source: Source = .dockerfile, message: String, stepID: String? = nil
  ) {
    let place = DockerfileFacts.place(lines)
    self.init(
      path: path, start: Position(line: place.start.line, character: place.start.character),
      end: Position(line: place.end.line, character: place.end.character), severity: .error, source: source,
      message: message.clipped(to: 4096), stepID: stepID)
  }
}
