package import JSON
package import JSONRPC

/// What the broker knows of its Engine.
package struct EngineState: WireObject, Equatable {
  package enum State: String, CaseIterable, Sendable {
    case up, connecting, down
  }

  package var state: State
  package var endpoint: String
  /// The Engine's own version, as `28.0.4`. nil until it answered once.
  package var version: String?
  /// The API version that is spoken, as `1.48`.
  package var apiVersion: String?
  /// What `auto` resolves to. Never `auto` itself.
  package var builder: Builder
  package var lastError: ErrorInfo?
  /// When `state` last changed, in ms since the epoch.
  package var sinceMs: Int

  package init(
    state: State, endpoint: String, version: String? = nil, apiVersion: String? = nil, builder: Builder,
    lastError: ErrorInfo? = nil, sinceMs: Int
  ) {
    self.state = state
    self.endpoint = endpoint
    self.version = version
    self.apiVersion = apiVersion
    self.builder = builder
    self.lastError = lastError
    self.sinceMs = sinceMs
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    state = try reader.requiredWord("state")
    endpoint = try reader.requiredString("endpoint")
    version = try reader.string("version")
    apiVersion = try reader.string("apiVersion")
    builder = try reader.requiredWord("builder")
    lastError = try reader.object("lastError")
    sinceMs = try reader.requiredInteger("sinceMs")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("state", word: state)
    members.put("endpoint", endpoint)
    members.put("version", version)
    members.put("apiVersion", apiVersion)
    members.put("builder", word: builder)
    members.put("lastError", lastError)
    members.put("sinceMs", sinceMs)
    return members
  }
}
