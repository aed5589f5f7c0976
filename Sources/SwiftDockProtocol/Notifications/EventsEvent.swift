package import JSON

/// `events.event`: something is another than it was; the newest value, whatever was between.
package struct EventsEvent: ProtocolNotification, Equatable {
  package static let name = "events.event"

  package enum Value: Sendable, Equatable {
    case build(Build)
    case engine(EngineState)
    case broker(BrokerState)
  }

  package var subscriptionID: String
  package var value: Value

  package init(subscriptionID: String, value: Value) {
    self.subscriptionID = subscriptionID
    self.value = value
  }

  package var topic: EventTopic {
    switch value {
    case .build: .build
    case .engine: .engine
    case .broker: .broker
    }
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    subscriptionID = try reader.requiredString("subscriptionId")
    let topic: EventTopic = try reader.requiredWord("topic")
    value =
      switch topic {
      case .build: .build(try reader.requiredObject("value"))
      case .engine: .engine(try reader.requiredObject("value"))
      case .broker: .broker(try reader.requiredObject("value"))
      }
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("subscriptionId", subscriptionID)
    members.put("topic", word: topic)
    switch value {
    case .build(let build): members.put("value", build)
    case .engine(let engine): members.put("value", engine)
    case .broker(let broker): members.put("value", broker)
    }
    return members
  }
}
