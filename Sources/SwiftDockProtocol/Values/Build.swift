package import JSON
package import JSONRPC

/// One caller's request, as its owner sees it.
package struct Build: WireObject, Equatable {
  package struct Steps: Sendable, Equatable {
    package var done: Int
    package var total: Int?

    package init(done: Int, total: Int? = nil) {
      self.done = done
      self.total = total
    }
  }

  package var buildID: String
  /// The shared work in the Engine. nil until it is known which.
  package var executionID: String?
  /// Whether that work was under way for somebody else.
  package var joined: Bool
  package var state: BuildState
  package var ownerUID: Int
  package var createdAtMs: Int
  package var startedAtMs: Int?
  package var finishedAtMs: Int?
  /// `sha256:` and 64 hex digits.
  package var contextDigest: String?
  package var contextBytes: Int?
  package var dockerfile: String
  package var target: String?
  package var platform: String?
  package var tags: [String]
  package var annotations: [NamedValue]
  package var onDisconnect: DisconnectPolicy
  /// Whether its life depends on a connection that is there.
  package var attached: Bool
  /// Builds that share the execution, this one included.
  package var participants: Int
  /// From 1; nil unless queued.
  package var queuePosition: Int?
  package var network: BuildNetwork
  package var steps: Steps
  /// Of the execution's log; 0 while there is none.
  package var lastSeq: Int
  package var result: BuildResult?
  package var error: ErrorInfo?

  package init(
    buildID: String, executionID: String? = nil, joined: Bool = false, state: BuildState, ownerUID: Int,
    createdAtMs: Int, startedAtMs: Int? = nil, finishedAtMs: Int? = nil, contextDigest: String? = nil,
    contextBytes: Int? = nil, dockerfile: String = "Dockerfile", target: String? = nil, platform: String? = nil,
    tags: [String] = [], annotations: [NamedValue] = [], onDisconnect: DisconnectPolicy, attached: Bool,
    participants: Int = 1, queuePosition: Int? = nil, network: BuildNetwork = .default, steps: Steps = Steps(done: 0),
    lastSeq: Int = 0, result: BuildResult? = nil, error: ErrorInfo? = nil
  ) {
    self.buildID = buildID
    self.executionID = executionID
    self.joined = joined
    self.state = state
    self.ownerUID = ownerUID
    self.createdAtMs = createdAtMs
    self.startedAtMs = startedAtMs
    self.finishedAtMs = finishedAtMs
    self.contextDigest = contextDigest
    self.contextBytes = contextBytes
    self.dockerfile = dockerfile
    self.target = target
    self.platform = platform
    self.tags = tags
    self.annotations = annotations
    self.onDisconnect = onDisconnect
    self.attached = attached
    self.participants = participants
    self.queuePosition = queuePosition
    self.network = network
    self.steps = steps
    self.lastSeq = lastSeq
    self.result = result
    self.error = error
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    buildID = try reader.requiredString("buildId")
    executionID = try reader.string("executionId")
    joined = try reader.bool("joined") ?? false
    state = try reader.requiredWord("state")
    ownerUID = try reader.requiredInteger("ownerUid")
    createdAtMs = try reader.requiredInteger("createdAtMs")
    startedAtMs = try reader.integer("startedAtMs")
    finishedAtMs = try reader.integer("finishedAtMs")
    contextDigest = try reader.string("contextDigest")
    contextBytes = try reader.integer("contextBytes")
    dockerfile = try reader.requiredString("dockerfile")
    target = try reader.string("target")
    platform = try reader.string("platform")
    tags = try reader.strings("tags") ?? []
    annotations = try reader.list("annotations") ?? []
    onDisconnect = try reader.requiredWord("onDisconnect")
    attached = try reader.requiredBool("attached")
    participants = try reader.requiredInteger("participants")
    queuePosition = try reader.object("queue", QueuePlace.self)?.position
    network = try reader.requiredWord("network")
    steps = try reader.requiredObject("steps")
    lastSeq = try reader.requiredInteger("lastSeq")
    result = try reader.object("result")
    error = try reader.object("error")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("buildId", buildID)
    members.put("executionId", executionID)
    members.put("joined", joined)
    members.put("state", word: state)
    members.put("ownerUid", ownerUID)
    members.put("createdAtMs", createdAtMs)
    members.put("startedAtMs", startedAtMs)
    members.put("finishedAtMs", finishedAtMs)
    members.put("contextDigest", contextDigest)
    members.put("contextBytes", contextBytes)
    members.put("dockerfile", dockerfile)
    members.put("target", target)
    members.put("platform", platform)
    members.put("tags", tags)
    members.put("annotations", annotations)
    members.put("onDisconnect", word: onDisconnect)
    members.put("attached", attached)
    members.put("participants", participants)
    members.put("queue", queuePosition.map { QueuePlace(position: $0) })
    members.put("network", word: network)
    members.put("steps", steps)
    members.put("lastSeq", lastSeq)
    members.put("result", result)
    members.put("error", error)
    return members
  }
}

extension Build.Steps: WireObject {
  package init(from reader: inout ObjectReader) throws(ShapeError) {
    done = try reader.requiredInteger("done")
    total = try reader.integer("total")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("done", done)
    members.put("total", total)
    return members
  }
}

private struct QueuePlace: WireObject {
  var position: Int

  init(position: Int) { self.position = position }

  init(from reader: inout ObjectReader) throws(ShapeError) { position = try reader.requiredInteger("position") }

  var members: JSONObject {
    var members = JSONObject()
    members.put("position", position)
    return members
  }
}
