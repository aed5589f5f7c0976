internal import DockerConfig
internal import SwiftDockProtocol

/// The calling user's logins, by docker's own configuration.
enum Logins {
  /// Every registry that docker's configuration names.
  static func registries(environment: [String: String], warn: (String) -> Void) -> [String] {
    do throws(DockerConfigError) {
      return try RegistryLogins(environment: environment, home: environment["HOME"]).registries()
    } catch {
      warn("No logins: \(error).")
      return []
    }
  }

  /// Those that there are for the registries. Where one cannot be found out, that is told, and the work goes on without
  /// it, as docker's does.
  static func find(
    _ registries: NamedRegistries, environment: [String: String], warn: (String) -> Void
  ) -> [RegistryAuth] {
    let logins = RegistryLogins(environment: environment, home: environment["HOME"])
    var found: [RegistryAuth] = []
    for registry in registries.names {
      do throws(DockerConfigError) {
        guard let login = try logins.login(for: registry) else { continue }
        guard login.username != nil || login.identityToken != nil else {
          warn("The login for \(registry) is a bearer token alone, which cannot be passed on; going on without it.")
          continue
        }
        found.append(
          RegistryAuth(
            server: login.server, username: login.username, password: login.password,
            identityToken: login.identityToken))
      } catch {
        warn("No login for \(registry): \(error).")
      }
    }
    return found
  }
}
