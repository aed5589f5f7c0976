package import JSON

/// `broker.config`: the settings that are in force, and where each comes from.
package enum BrokerConfig: ProtocolMethod {
  package static let name = "broker.config"
  package typealias Params = NoParams

  package enum Source: String, CaseIterable, Sendable {
    /// Of the command line.
    case option
    /// Of the environment.
    case variable
    /// Of the socket that a service manager handed over.
    case activation
    case `default`
  }

  package struct Setting: WireObject, Equatable {
    /// As the option is called, without its dashes.
    package var name: String
    package var value: String
    package var source: Source

    package init(name: String, value: String, source: Source) {
      self.name = name
      self.value = value
      self.source = source
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      name = try reader.requiredString("name")
      value = try reader.requiredString("value", bytes: 0...ObjectReader.stringLimit)
      source = try reader.requiredWord("source")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("name", name)
      members.put("value", value)
      members.put("source", word: source)
      return members
    }
  }

  package struct Result: WireObject, Equatable {
    package var settings: [Setting]

    package init(settings: [Setting]) { self.settings = settings }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      settings = try reader.list("settings") ?? []
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("settings", settings)
      return members
    }
  }
}
