package import JSON

/// `broker.status`
package enum BrokerStatus: ProtocolMethod {
  package static let name = "broker.status"
  package typealias Params = NoParams

  package struct Builds: WireObject, Equatable {
    package var receiving: Int
    package var queued: Int
    package var running: Int

    package init(receiving: Int, queued: Int, running: Int) {
      self.receiving = receiving
      self.queued = queued
      self.running = running
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      receiving = try reader.requiredInteger("receiving")
      queued = try reader.requiredInteger("queued")
      running = try reader.requiredInteger("running")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("receiving", receiving)
      members.put("queued", queued)
      members.put("running", running)
      return members
    }
  }

  package struct Result: WireObject, Equatable {
    package var version: String
    package var protocolVersions: [Int]
    package var instanceID: String
    package var pid: Int
    package var uptimeMs: Int
    /// Whether new builds are refused because it is about to stop.
    package var draining: Bool
    package var binaryReplaced: Bool
    package var connections: Int
    package var subscriptions: Int
    package var builds: Builds
    /// Of contexts and logs on disk.
    package var spoolBytes: Int
    /// Messages without id whose method means nothing as a notification.
    package var ignoredNotifications: Int
    package var engine: EngineState

    package init(
      version: String, protocolVersions: [Int], instanceID: String, pid: Int, uptimeMs: Int, draining: Bool,
      binaryReplaced: Bool, connections: Int, subscriptions: Int, builds: Builds, spoolBytes: Int,
      ignoredNotifications: Int, engine: EngineState
    ) {
      self.version = version
      self.protocolVersions = protocolVersions
      self.instanceID = instanceID
      self.pid = pid
      self.uptimeMs = uptimeMs
      self.draining = draining
      self.binaryReplaced = binaryReplaced
      self.connections = connections
      self.subscriptions = subscriptions
      self.builds = builds
      self.spoolBytes = spoolBytes
      self.ignoredNotifications = ignoredNotifications
      self.engine = engine
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      version = try reader.requiredString("version")
      protocolVersions = try reader.integers("protocolVersions") ?? []
      instanceID = try reader.requiredString("instanceId")
      pid = try reader.requiredInteger("pid")
      uptimeMs = try reader.requiredInteger("uptimeMs")
      draining = try reader.requiredBool("draining")
      binaryReplaced = try reader.requiredBool("binaryReplaced")
      connections = try reader.requiredInteger("connections")
      subscriptions = try reader.requiredInteger("subscriptions")
      builds = try reader.requiredObject("builds")
      spoolBytes = try reader.requiredInteger("spoolBytes")
      ignoredNotifications = try reader.requiredInteger("ignoredNotifications")
      engine = try reader.requiredObject("engine")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("version", version)
      members.put("protocolVersions", protocolVersions)
      members.put("instanceId", instanceID)
      members.put("pid", pid)
      members.put("uptimeMs", uptimeMs)
      members.put("draining", draining)
      members.put("binaryReplaced", binaryReplaced)
      members.put("connections", connections)
      members.put("subscriptions", subscriptions)
      members.put("builds", builds)
      members.put("spoolBytes", spoolBytes)
      members.put("ignoredNotifications", ignoredNotifications)
      members.put("engine", engine)
      return members
    }
  }
}
