package import JSON

/// The broker's limits, as `initialize` reports them. Sizes are in bytes.
package struct Limits: WireObject, Equatable {
  package var messageBytes: Int
  package var answerBytes: Int
  package var logEventBytes: Int
  package var headerBytes: Int
  package var jsonDepth: Int
  package var batch: Int
  /// Requests of one connection that are not answered yet.
  package var inFlight: Int
  package var connections: Int
  /// Of one connection.
  package var subscriptions: Int
  /// Builds of one user that wait for their turn.
  package var queuedBuilds: Int
  package var dockerfileBytes: Int
  /// Of a string in params where nothing else is said.
  package var stringBytes: Int
  /// Sent with one message.
  package var descriptors: Int
  /// Of an archive that comes in pieces, before base64.
  package var uploadChunkBytes: Int
  /// Of one user that have not ended; as many that have are kept.
  package var uploads: Int
  /// Entries of a context that comes as an archive.
  package var archiveEntries: Int
  /// On disk, for contexts that came as archives or wait for their turn, of everybody.
  package var spoolBytes: Int

  /// One of this size fits in a message of `messageBytes` with its base64.
  package static let uploadChunkBytes = 1 << 20

  package init(
    messageBytes: Int = 4 << 20, answerBytes: Int = 4 << 20, logEventBytes: Int = 64 << 10, headerBytes: Int = 4_096,
    jsonDepth: Int = 64, batch: Int = 64, inFlight: Int = 64, connections: Int = 8_192, subscriptions: Int = 32,
    queuedBuilds: Int = 100, dockerfileBytes: Int = 256 << 10, stringBytes: Int = 8_192,
    descriptors: Int = 16, uploadChunkBytes: Int = uploadChunkBytes, uploads: Int = 16,
    archiveEntries: Int = 1_000_000, spoolBytes: Int = 2 << 30
  ) {
    self.messageBytes = messageBytes
    self.answerBytes = answerBytes
    self.logEventBytes = logEventBytes
    self.headerBytes = headerBytes
    self.jsonDepth = jsonDepth
    self.batch = batch
    self.inFlight = inFlight
    self.connections = connections
    self.subscriptions = subscriptions
    self.queuedBuilds = queuedBuilds
    self.dockerfileBytes = dockerfileBytes
    self.stringBytes = stringBytes
    self.descriptors = descriptors
    self.uploadChunkBytes = uploadChunkBytes
    self.uploads = uploads
    self.archiveEntries = archiveEntries
    self.spoolBytes = spoolBytes
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    messageBytes = try reader.requiredInteger("messageBytes")
    answerBytes = try reader.requiredInteger("answerBytes")
    logEventBytes = try reader.requiredInteger("logEventBytes")
    headerBytes = try reader.requiredInteger("headerBytes")
    jsonDepth = try reader.requiredInteger("jsonDepth")
    batch = try reader.requiredInteger("batch")
    inFlight = try reader.requiredInteger("inFlight")
    connections = try reader.requiredInteger("connections")
    subscriptions = try reader.requiredInteger("subscriptions")
    queuedBuilds = try reader.requiredInteger("queuedBuilds")
    dockerfileBytes = try reader.requiredInteger("dockerfileBytes")
    stringBytes = try reader.requiredInteger("stringBytes")
    // A broker that does not name these takes no archives.
    descriptors = try reader.integer("descriptors") ?? 0
    uploadChunkBytes = try reader.integer("uploadChunkBytes") ?? 0
    uploads = try reader.integer("uploads") ?? 0
    archiveEntries = try reader.integer("archiveEntries") ?? 0
    spoolBytes = try reader.integer("spoolBytes") ?? 0
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("messageBytes", messageBytes)
    members.put("answerBytes", answerBytes)
    members.put("logEventBytes", logEventBytes)
    members.put("headerBytes", headerBytes)
    members.put("jsonDepth", jsonDepth)
    members.put("batch", batch)
    members.put("inFlight", inFlight)
    members.put("connections", connections)
    members.put("subscriptions", subscriptions)
    members.put("queuedBuilds", queuedBuilds)
    members.put("dockerfileBytes", dockerfileBytes)
    members.put("stringBytes", stringBytes)
    members.put("descriptors", descriptors)
    members.put("uploadChunkBytes", uploadChunkBytes)
    members.put("uploads", uploads)
    members.put("archiveEntries", archiveEntries)
    members.put("spoolBytes", spoolBytes)
    return members
  }
}
