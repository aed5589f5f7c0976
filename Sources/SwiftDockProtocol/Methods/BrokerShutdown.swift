package import JSON

/// `broker.shutdown`: asks the broker to end. Answers at once; the connection ends when the broker does.
package enum BrokerShutdown: ProtocolMethod {
  package static let name = "broker.shutdown"

  package enum Mode: String, CaseIterable, Sendable {
    /// Builds and pushes that are there may end, within the time.
    case drain
    /// They are cancelled now.
    case cancel
  }

  package struct Params: MethodParams, Equatable {
    package static let defaultTimeoutMs = 600_000

    package var mode: Mode
    /// After which what is left of a drain is cancelled. The newest call's counts.
    package var timeoutMs: Int

    package init(mode: Mode = .drain, timeoutMs: Int = defaultTimeoutMs) {
      self.mode = mode
      self.timeoutMs = timeoutMs
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      mode = try reader.word("mode") ?? .drain
      timeoutMs = try reader.integer("timeoutMs") ?? Self.defaultTimeoutMs
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("mode", word: mode)
      members.put("timeoutMs", timeoutMs)
      return members
    }
  }

  package struct Result: WireObject, Equatable {
    package var accepted: Bool

    package init(accepted: Bool = true) { self.accepted = accepted }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      accepted = try reader.requiredBool("accepted")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("accepted", accepted)
      return members
    }
  }
}
