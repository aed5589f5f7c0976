package import JSON

/// Why docker's own settings do not lead to an Engine's Unix socket, or to a registry's login. Holds no secret.
package enum DockerConfigError: Error, Sendable, Equatable {
  /// Only the scheme is kept: the rest of such an address may hold a password.
  case unsupportedScheme(String, origin: EngineLocation.Origin)
  /// No scheme and no leading slash.
  case notAbsolute(String, origin: EngineLocation.Origin)
  /// The path cannot be put into a `sockaddr_un`, or holds a zero byte.
  case unusablePath(String, origin: EngineLocation.Origin)
  case contextNotFound(String, directory: String)
  /// The context's metadata has no `Endpoints.docker.Host`.
  case contextWithoutEndpoint(String, file: String)
  case tooManyContexts(directory: String, limit: Int)
  case unreadable(file: String, errno: Int32)
  case notAFile(file: String)
  case tooLarge(file: String, limit: Int)
  case invalidJSON(file: String, JSONError)
  /// `member` is there, but not of the type that docker writes.
  case wrongType(file: String, member: String)
  /// The `auth` of a registry is not what docker makes of a name and a password.
  case unreadableLogin(file: String, server: String)
  /// `credsStore` or `credHelpers` gives a name that is no part of a program's name.
  case unusableHelper(String, file: String)
  /// No such program in any absolute directory of `PATH`.
  case helperNotFound(program: String)
  case helperFailed(program: String, HelperFailure)
}

extension DockerConfigError: CustomStringConvertible {
  /// One sentence that names the setting or file, and what to do about it.
  package var description: String {
    switch self {
    case .unsupportedScheme(let scheme, let origin):
      "\(origin) names an Engine by \(scheme)://, and only unix:// sockets are supported: "
        + "use --engine unix:///path/to/docker.sock, for a remote Engine with a forwarded socket "
        + "(ssh -L /path/to/docker.sock:/var/run/docker.sock HOST)"
    case .notAbsolute(let text, let origin):
      "\(origin) says \"\(text)\", which is neither unix:///PATH nor an absolute path"
    case .unusablePath(let path, let origin):
      "\(origin) names the socket \"\(path)\" of \(path.utf8.count) bytes; a socket's path holds 1 to "
        + "\(EngineLocation.pathLimit) bytes and no zero byte"
    case .contextNotFound(let name, let directory):
      "docker context \"\(name)\" is not in \(directory): see docker context ls"
    case .contextWithoutEndpoint(let name, let file):
      "docker context \"\(name)\" has no docker endpoint (\(file)): docker context update it, or use --engine"
    case .tooManyContexts(let directory, let limit):
      "\(directory) holds more than \(limit) contexts: name the Engine with --engine or DOCKER_HOST"
    case .unreadable(let file, let errno): "cannot read \(file) (errno \(errno))"
    case .notAFile(let file): "\(file) is not a regular file"
    case .tooLarge(let file, let limit): "\(file) is larger than \(limit) bytes"
    case .invalidJSON(let file, let error): "\(file) is not valid JSON: \(error.reason) at byte \(error.offset)"
    case .wrongType(let file, let member): "\(file): \"\(member)\" is not of the type that docker writes"
    case .unreadableLogin(let file, let server):
      "\(file): the login for \(server) cannot be read: docker login \(server)"
    case .unusableHelper(let name, let file): "\(file) names a credential helper \"\(name)\", which cannot be one"
    case .helperNotFound(let program):
      "docker's configuration keeps logins with \(program), which is not in PATH: install it, or remove its name from "
        + "credsStore and credHelpers"
    case .helperFailed(let program, let failure): "\(program) \(failure)"
    }
  }
}
