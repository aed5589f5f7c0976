/// What docker's configuration has for one registry. Its text shows the server only.
package struct RegistryLogin: Sendable, Equatable {
  /// The key that docker uses: a host with optional port, or `https://index.docker.io/v1/` for Docker Hub.
  package let server: String
  package let username: String?
  package let password: String?
  /// An OAuth refresh token.
  package let identityToken: String?
  /// A bearer token, for the registry as it is.
  package let registryToken: String?

  /// Empty texts count as none, as docker writes them. Nil where nothing is left that would let anybody in.
  init?(
    server: String, username: String? = nil, password: String? = nil, identityToken: String? = nil,
    registryToken: String? = nil
  ) {
    func text(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
    self.server = server
    self.username = text(username)
    self.password = text(password)
    self.identityToken = text(identityToken)
    self.registryToken = text(registryToken)
    guard self.username != nil || self.identityToken != nil || self.registryToken != nil else { return nil }
  }
}

extension RegistryLogin: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "RegistryLogin(\(server))" }
  package var debugDescription: String { description }
  /// Also `dump` and the interpolation of a type that holds one see no more.
  package var customMirror: Mirror { Mirror(self, children: ["server": server]) }
}
