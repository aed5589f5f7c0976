package import JSON

/// A login for one registry, resolved by the client. Prints as the server alone.
package struct RegistryAuth: WireObject, Equatable, Hashable {
  /// As docker's configuration names it: a host with optional port, or `https://index.docker.io/v1/`.
  package var server: String
  package var username: String?
  package var password: String?
  package var identityToken: String?

  package init(server: String, username: String? = nil, password: String? = nil, identityToken: String? = nil) {
    self.server = server
    self.username = username
    self.password = password
    self.identityToken = identityToken
  }

  package init(from reader: inout ObjectReader) throws(ShapeError) {
    server = try reader.requiredString("server")
    username = try reader.string("username")
    password = try reader.string("password")
    identityToken = try reader.string("identityToken")
  }

  package var members: JSONObject {
    var members = JSONObject()
    members.put("server", server)
    members.put("username", username)
    members.put("password", password)
    members.put("identityToken", identityToken)
    return members
  }
}

extension RegistryAuth: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "RegistryAuth(\(server))" }
  package var debugDescription: String { description }
  /// Also `dump` and the interpolation of a type that holds one see no more.
  package var customMirror: Mirror { Mirror(self, children: ["server": server]) }
}
