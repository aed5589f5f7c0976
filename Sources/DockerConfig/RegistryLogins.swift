internal import JSON

/// The logins of the calling user, as the docker command would find them. Read when one is asked for, and never kept.
///
/// `DOCKER_AUTH_CONFIG` (a text as that of `config.json`) goes first. Then `config.json`: where it has a program for the
/// registry in `credHelpers`, or for all in `credsStore`, that program is asked and nobody else; an entry of
/// `credHelpers` that is empty means none. Else the entry of `auths` holds.
package struct RegistryLogins: Sendable {
  private static let variable = "DOCKER_AUTH_CONFIG"

  private let environment: [String: String]
  private let configFile: String?
  private let helperTimeLimit: Duration

  /// - Parameters:
  ///   - environment: the user's, with which helpers are run too.
  ///   - home: the user's home directory, which holds `.docker` unless `DOCKER_CONFIG` names another directory; nil
  ///     where there is none.
  package init(environment: [String: String], home: String?) {
    self.init(environment: environment, home: home, helperTimeLimit: .seconds(30))
  }

  init(environment: [String: String], home: String?, helperTimeLimit: Duration) {
    self.environment = environment
    self.helperTimeLimit = helperTimeLimit
    configFile = environment.dockerConfigDirectory(home: home).map { $0 + "/config.json" }
  }

  /// The login for one registry; nil where there is none. Blocks while a helper is asked, for at most half a minute.
  ///
  /// A setting that cannot be followed is an error, never a reason to go on without a login.
  /// - Parameter registry: a host with optional port, as in an image's name; Docker Hub by any of its names.
  package func login(for registry: String) throws(DockerConfigError) -> RegistryLogin? {
    let key = RegistryKey(registry)
    if let text = environment.nonEmpty(Self.variable) {
      let object = try JSONFile.object(Array(text.utf8), of: Self.variable)
      if let login = try LoginEntries(in: object, of: Self.variable).login(for: key) { return login }
    }
    guard let configFile, let config = try JSONFile.object(in: configFile) else { return nil }
    guard let helper = try helper(for: key, in: config, of: configFile) else {
      return try LoginEntries(in: config, of: configFile).login(for: key)
    }
    return try helper.login(for: key)
  }

  /// The registries that the configuration names, each once: all there can be logins for, since docker names those
  /// that a helper keeps, too.
  package func registries() throws(DockerConfigError) -> [String] {
    var keys: [String] = []
    if let text = environment.nonEmpty(Self.variable) {
      keys += try Self.keys(in: JSONFile.object(Array(text.utf8), of: Self.variable), of: Self.variable)
    }
    if let configFile, let config = try JSONFile.object(in: configFile) {
      keys += try Self.keys(in: config, of: configFile)
    }
    return Set(keys.map { RegistryKey($0).host }).sorted()
  }

  private static func keys(in config: JSONObject, of source: String) throws(DockerConfigError) -> [String] {
    let auths = try config.optionalObject("auths", in: source)
    let helpers = try config.optionalObject("credHelpers", in: source)
    return [auths, helpers].flatMap { $0?.members.map(\.name) ?? [] }
  }

  private func helper(
    for key: RegistryKey, in config: JSONObject, of file: String
  ) throws(DockerConfigError) -> CredentialHelper? {
    var name = try config.optionalObject("credHelpers", in: file)?.optionalString(key.name, in: file)
    if name == nil { name = try config.optionalString("credsStore", in: file) }
    guard let name, !name.isEmpty else { return nil }
    return try CredentialHelper(name, namedIn: file, environment: environment, timeLimit: helperTimeLimit)
  }
}
