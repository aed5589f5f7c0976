/// How docker's configuration names one registry.
struct RegistryKey: Equatable {
  /// Docker Hub's, from the days of its first API.
  static let hub = "https://index.docker.io/v1/"
  private static let hubHosts = ["docker.io", "index.docker.io", "registry-1.docker.io"]

  /// What docker writes, and hands to helpers.
  let name: String

  /// - Parameter registry: a host with optional port; Docker Hub by any of its names.
  init(_ registry: String) { name = Self.hubHosts.contains(Self.host(of: registry)) ? Self.hub : registry }

  /// As in an image's name.
  var host: String { name == Self.hub ? "docker.io" : Self.host(of: name) }

  /// Whether a key that docker itself would not write means this registry: with a scheme or a path.
  func isMeant(by key: String) -> Bool {
    let host = Self.host(of: key)
    return name == Self.hub ? Self.hubHosts.contains(host) : host == Self.host(of: name)
  }

  private static func host(of key: String) -> String {
    var rest = key[...]
    for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
    return String(rest.prefix { $0 != "/" })
  }
}
