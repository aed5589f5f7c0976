package import JSON

/// `broker.ping`
package enum BrokerPing: ProtocolMethod {
  package static let name = "broker.ping"

  package struct Params: MethodParams, Equatable {
    /// Anything; comes back as it is.
    package var echo: JSONValue?

    package init(echo: JSONValue? = nil) { self.echo = echo }

    package init(from reader: inout ObjectReader) throws(ShapeError) { echo = reader.value("echo") }

    package var members: JSONObject {
      var members = JSONObject()
      members["echo"] = echo
      return members
    }
  }

  package struct Result: WireObject, Equatable {
    /// null where the request had none.
    package var echo: JSONValue
    /// The broker's clock, since the epoch.
    package var timeMs: Int

    package init(echo: JSONValue, timeMs: Int) {
      self.echo = echo
      self.timeMs = timeMs
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      echo = reader.value("echo") ?? .null
      timeMs = try reader.requiredInteger("timeMs")
    }

    package var members: JSONObject {
      var members = JSONObject()
      put(into: &members)
      return members
    }

    package func write(to writer: inout JSONWriter) { writer.object { put(into: &$0) } }

    private func put(into members: inout some MemberSink) {
      members.put("echo", json: echo)
      members.put("timeMs", timeMs)
    }
  }
}
