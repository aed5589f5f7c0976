package import JSON

/// The params of `build`.
package struct BuildParams: MethodParams, Equatable {
  package static let annotationLimit = 16
  package static let defaultGraceMs = 5_000
  /// Bytes of `clientToken` and of `supersedes`.
  package static let wordLimit = 128

  package var context: ContextLocation
  /// Relative to the context.
  package var dockerfile: String
  /// Takes the place of `dockerfile`, whatever the context holds.
  package var dockerfileText: String?
  package var builder: Builder
  /// With `{context}` still in them.
  package var tags: [TagTemplate]
  /// Whether every tag is pushed to its registry after success.
  package var push: Bool
  package var target: String?
  package var platform: String?
  /// Names are unique, in the order given.
  package var buildArgs: [NamedValue]
  package var labels: [NamedValue]
  package var noCache: Bool
  package var pull: Bool
  /// nil: as the broker is set.
  package var network: BuildNetwork?
  /// `name:address`
  package var extraHosts: [String]
  package var cacheFrom: [String]
  package var registryAuth: [RegistryAuth]
  package var onDisconnect: DisconnectPolicy
  /// From the loss of the connection until `onDisconnect` is carried out.
  package var graceMs: Int
  package var dedupe: DedupePolicy
  /// From acceptance, the time in the queue included; nil: no limit.
  package var timeoutMs: Int?
  /// Names the request: repeated by the same user, it gives the same build back.
  package var clientToken: String?
  /// A word for what is built: the user's unfinished builds that carry it, too, are cancelled in favour of this one.
  package var supersedes: String?
  package var wait: Bool
  package var events: Bool
  /// Whether `build.progress` is among the events.
  package var progress: Bool
  package var annotations: [NamedValue]

  /// What is nil follows from the others: `events` from `wait`, `onDisconnect` from both.
  package init(
    context: ContextLocation, dockerfile: String = "Dockerfile", dockerfileText: String? = nil,
    builder: Builder = .auto, tags: [TagTemplate] = [],
    push: Bool = false, target: String? = nil, platform: String? = nil, buildArgs: [NamedValue] = [],
    labels: [NamedValue] = [],
    noCache: Bool = false, pull: Bool = false, network: BuildNetwork? = nil, extraHosts: [String] = [],
    cacheFrom: [String] = [], registryAuth: [RegistryAuth] = [], onDisconnect: DisconnectPolicy? = nil,
    graceMs: Int = defaultGraceMs, dedupe: DedupePolicy = .auto, timeoutMs: Int? = nil, clientToken: String? = nil,
    supersedes: String? = nil, wait: Bool = false, events: Bool? = nil, progress: Bool = false,
    annotations: [NamedValue] = []
  ) {
    self.context = context
    self.dockerfile = dockerfile
    self.dockerfileText = dockerfileText
    self.builder = builder
    self.tags = tags
    self.push = push
    self.target = target
    self.platform = platform
    self.buildArgs = buildArgs
    self.labels = labels
    self.noCache = noCache
    self.pull = pull
    self.network = network
    self.extraHosts = extraHosts
    self.cacheFrom = cacheFrom
    self.registryAuth = registryAuth
    self.graceMs = graceMs
    self.dedupe = dedupe
    self.timeoutMs = timeoutMs
    self.clientToken = clientToken
    self.supersedes = supersedes
    self.wait = wait
    self.events = events ?? wait
    self.progress = progress
    self.onDisconnect = onDisconnect ?? (wait || self.events ? .cancel : .keep)
    self.annotations = annotations
  }

  package var isLongRunning: Bool { wait }

  /// Whether the other asks for the same build, however it wants to be told about it.
  package func asksForSame(as other: BuildParams) -> Bool {
    var other = other
    other.registryAuth = registryAuth
    other.onDisconnect = onDisconnect
    other.graceMs = graceMs
    other.wait = wait
    other.events = events
    other.progress = progress
    return self == other
  }
}

extension BuildParams {
  package init(from reader: inout ObjectReader) throws(ShapeError) {
    let files = try ContextFiles(from: &reader)
    self.init(
      context: files.context, dockerfile: files.dockerfile, dockerfileText: files.dockerfileText,
      builder: try reader.word("builder") ?? .auto,
      tags: try reader.list("tags") ?? [],
      push: try reader.bool("push") ?? false,
      target: try reader.string("target", bytes: 1...ObjectReader.stringLimit),
      platform: try reader.string("platform", bytes: 1...ObjectReader.stringLimit),
      buildArgs: try reader.map("buildArgs") ?? [],
      labels: try reader.map("labels") ?? [],
      noCache: try reader.bool("noCache") ?? false,
      pull: try reader.bool("pull") ?? false,
      network: try reader.word("network"),
      extraHosts: try reader.strings("extraHosts") ?? [],
      cacheFrom: try reader.strings("cacheFrom") ?? [],
      registryAuth: try reader.list("registryAuth") ?? [],
      onDisconnect: try reader.word("onDisconnect"),
      graceMs: try reader.integer("graceMs") ?? Self.defaultGraceMs,
      dedupe: try reader.word("dedupe") ?? .auto,
      // 0 is the protocol's way to say that there is no limit.
      timeoutMs: try reader.integer("timeoutMs").flatMap { $0 == 0 ? nil : $0 },
      clientToken: try reader.string("clientToken", bytes: 1...Self.wordLimit),
      supersedes: try reader.string("supersedes", bytes: 1...Self.wordLimit),
      wait: try reader.bool("wait") ?? false,
      events: try reader.bool("events"),
      progress: try reader.bool("progress") ?? false,
      annotations: try reader.map("annotations", count: Self.annotationLimit) ?? [])
    guard !push || !tags.isEmpty else {
      throw ShapeError(path: reader.pointer("tags"), expected: "at least one reference to push")
    }
  }

  package var members: JSONObject {
    var members = ContextFiles(context, dockerfile: dockerfile, dockerfileText: dockerfileText).members
    members.put("builder", word: builder)
    if !tags.isEmpty { members.put("tags", tags) }
    if push { members.put("push", true) }
    members.put("target", target)
    members.put("platform", platform)
    members.put("buildArgs", map: buildArgs)
    members.put("labels", map: labels)
    if noCache { members.put("noCache", true) }
    if pull { members.put("pull", true) }
    members.put("network", word: network)
    if !extraHosts.isEmpty { members.put("extraHosts", extraHosts) }
    if !cacheFrom.isEmpty { members.put("cacheFrom", cacheFrom) }
    if !registryAuth.isEmpty { members.put("registryAuth", registryAuth) }
    members.put("onDisconnect", word: onDisconnect)
    members.put("graceMs", graceMs)
    members.put("dedupe", word: dedupe)
    members.put("timeoutMs", timeoutMs)
    members.put("clientToken", clientToken)
    members.put("supersedes", supersedes)
    members.put("wait", wait)
    members.put("events", events)
    if progress { members.put("progress", true) }
    members.put("annotations", map: annotations)
    return members
  }
}
