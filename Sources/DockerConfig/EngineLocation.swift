/// Where the Engine listens, and which of docker's own settings said so.
package struct EngineLocation: Sendable, Equatable {
  /// The setting that was followed, in the order in which settings win.
  package enum Origin: Sendable, Equatable {
    /// The program's own option.
    case flag
    /// The variable `DOCKER_HOST`.
    case dockerHost
    /// A docker context, chosen by `DOCKER_CONTEXT` or `currentContext` in docker's `config.json`.
    case context(String)
    /// Nothing was set.
    case standard
  }

  /// Longest path that `sun_path` holds beside its terminating zero (unix(7)).
  package static let pathLimit = 107
  package static let standardSocket = "/var/run/docker.sock"

  /// Absolute, 1 to `pathLimit` bytes.
  package let socketPath: String
  package let origin: Origin

  /// Reads an Engine's address: `unix://PATH`, where an empty path is docker's default socket, or an absolute path.
  package static func parse(_ text: String, origin: Origin = .flag) throws(DockerConfigError) -> EngineLocation {
    var path = text
    if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), text[colon...].utf8.starts(with: "://".utf8) {
      let scheme = String(text[..<colon])
      guard scheme.lowercased() == "unix" else { throw .unsupportedScheme(scheme, origin: origin) }
      path = String(text[colon...].dropFirst("://".count))
      if path.isEmpty { path = standardSocket }
    }
    guard path.utf8.first == UInt8(ascii: "/") else { throw .notAbsolute(path, origin: origin) }
    guard path.utf8.count <= pathLimit, !path.utf8.contains(0) else { throw .unusablePath(path, origin: origin) }
    return EngineLocation(socketPath: path, origin: origin)
  }

  /// Follows the docker command's rules for choosing an endpoint: `DOCKER_HOST` wins over `DOCKER_CONTEXT`, which wins
  /// over `currentContext` in `config.json`; the context `default` and no context at all mean the standard socket. An
  /// empty variable is one that is not set.
  ///
  /// A context or file that is named but missing or broken is an error, never a reason to use another Engine.
  ///
  /// - Parameter home: the user's home directory, which holds `.docker` unless `DOCKER_CONFIG` names another directory;
  ///   nil where there is none.
  package static func resolve(
    environment: [String: String], home: String?
  ) throws(DockerConfigError) -> EngineLocation {
    if let host = environment.nonEmpty("DOCKER_HOST") { return try parse(host, origin: .dockerHost) }
    guard let directory = environment.dockerConfigDirectory(home: home) else {
      if let name = environment.nonEmpty("DOCKER_CONTEXT"), name != ContextStore.defaultName {
        throw .contextNotFound(name, directory: "~/.docker (HOME is not set)")
      }
      return try parse(standardSocket, origin: .standard)
    }
    let store = ContextStore(configDirectory: directory)
    let name: String?
    if let chosen = environment.nonEmpty("DOCKER_CONTEXT") {
      name = chosen
    } else {
      name = try store.currentContext()
    }
    guard let name, name != ContextStore.defaultName else { return try parse(standardSocket, origin: .standard) }
    return try parse(store.host(of: name), origin: .context(name))
  }
}

extension EngineLocation.Origin: CustomStringConvertible {
  package var description: String {
    switch self {
    case .flag: "--engine"
    case .dockerHost: "DOCKER_HOST"
    case .context(let name): "docker context \"\(name)\""
    case .standard: "docker's default"
    }
  }
}
