package import JSON

/// `build`
package enum BuildMethod: ProtocolMethod {
  package static let name = "build"
  package typealias Params = BuildParams

  package enum Result: WireValue, Equatable {
    /// With `wait` false: at once, before the context is read.
    case accepted(Accepted)
    /// With `wait`: when the build has ended, however it ended.
    case ended(Build)

    package init(_ json: JSONValue, at path: String, as role: WireRole) throws(ShapeError) {
      self =
        json["createdAtMs"] == nil
        ? .accepted(try Accepted(json, at: path, as: role)) : .ended(try Build(json, at: path, as: role))
    }

    package var json: JSONValue {
      switch self {
      case .accepted(let accepted): accepted.json
      case .ended(let build): build.json
      }
    }
  }

  package struct Accepted: WireObject, Equatable {
    package var buildID: String
    package var state: BuildState
    /// nil where not known yet, as `joined`.
    package var executionID: String?
    package var joined: Bool?
    /// Where events were asked for.
    package var subscriptionID: String?

    package init(
      buildID: String, state: BuildState, executionID: String? = nil, joined: Bool? = nil,
      subscriptionID: String? = nil
    ) {
      self.buildID = buildID
      self.state = state
      self.executionID = executionID
      self.joined = joined
      self.subscriptionID = subscriptionID
    }

    package init(from reader: inout ObjectReader) throws(ShapeError) {
      buildID = try reader.requiredString("buildId")
      state = try reader.requiredWord("state")
      executionID = try reader.string("executionId")
      joined = try reader.bool("joined")
      subscriptionID = try reader.string("subscriptionId")
    }

    package var members: JSONObject {
      var members = JSONObject()
      members.put("buildId", buildID)
      members.put("state", word: state)
      members.put("executionId", executionID)
      members.put("joined", joined)
      members.put("subscriptionId", subscriptionID)
      return members
    }
  }
}
