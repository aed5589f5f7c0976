internal import DockerEngine
internal import SwiftDockProtocol

/// Which registry a login or an image belongs to.
enum RegistryServer {
  /// The host, with its port, of a server as docker's configuration names it: without scheme and path.
  static func host(of server: String) -> String {
    var rest = server[...]
    for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
    let host = String(rest.prefix { $0 != "/" })
    return ["index.docker.io", "registry-1.docker.io"].contains(host) ? ImageReference.hubDomain : host
  }

  /// The registry that an image's name says; nil for what is no name, such as an image's id.
  static func of(image: String) -> String? {
    do throws(ImageReferenceError) { return try ImageReference(image).domain } catch { return nil }
  }

  /// The login that was given for a registry. The Engine hands a login to whatever registry the image's name says, so
  /// that the choice is made here.
  static func login(
    for registry: String, among logins: [SwiftDockProtocol.RegistryAuth]
  ) -> DockerEngine.RegistryAuth? {
    logins.first { host(of: $0.server) == registry }.map {
      DockerEngine.RegistryAuth(
        serverAddress: $0.server, username: $0.username, password: $0.password, identityToken: $0.identityToken)
    }
  }
}

extension DockerfileFacts.Image {
  /// The registry that the reference names; nil for what is no reference, such as an image's id.
  var registry: String? { RegistryServer.of(image: reference) }

  /// Whether a registry can have it at all.
  var isPullable: Bool { registry != nil && !reference.hasPrefix("sha256:") }
}
