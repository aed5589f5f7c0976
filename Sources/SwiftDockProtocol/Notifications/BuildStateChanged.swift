package import JSON

/// `build.state`: what concerns one build only. Has no number; the newest wins.
package struct BuildStateChanged: ProtocolNotification, Equatable {
  package static let name = "build.state"

  package var subscriptionID: String
  package var build: Build

  package init(subscriptionID: String, build: Build) {
    self.subscriptionID = subscriptionID
    self.build = build
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    subscriptionID = try reader.requiredString("subscriptionId")
    build = try reader.requiredObject("build")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("subscriptionId", subscriptionID)
    members.put("build", build)
    return members
  }
}
