/// What `events.subscribe` can tell of.
package enum EventTopic: String, CaseIterable, Sendable {
  /// Values are a `Build`.
  case build = "build.state"
  /// `EngineState`
  case engine = "engine.state"
  /// `BrokerState`
  case broker = "broker.state"
}
