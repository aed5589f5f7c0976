internal import JSON

/// A login at one registry, for one request. Its text shows the server only.
package struct RegistryAuth: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  package var serverAddress: String
  package var username: String?
  package var password: String?
  /// Sent by the Engine as an OAuth refresh token.
  package var identityToken: String?

  package init(
    serverAddress: String, username: String? = nil, password: String? = nil, identityToken: String? = nil
  ) {
    self.serverAddress = serverAddress
    self.username = username
    self.password = password
    self.identityToken = identityToken
  }

  package var description: String { "RegistryAuth(\(serverAddress))" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["serverAddress": serverAddress]) }
}

extension RegistryAuth {
  /// The value of `X-Registry-Auth` (Engine API, "Authentication"). The Engine hands it to whatever registry the
  /// image's name says, so that it has to be chosen by that name. For nil, an empty object: Engines up to 24 refuse
  /// some requests without the field.
  static func fieldValue(_ auth: RegistryAuth?) -> String {
    var object = JSONObject()
    if let auth {
      object["username"] = auth.username.map { .string($0) }
      object["password"] = auth.password.map { .string($0) }
      object["identitytoken"] = auth.identityToken.map { .string($0) }
      object["serveraddress"] = .string(auth.serverAddress)
    }
    return Base64.encode(JSONWriter.bytes(of: .object(object)), .urlSafe)
  }
}
