internal import Glibc
internal import JSON

/// A program that keeps a user's logins, in a keychain, say: `docker-credential-NAME`, of which only `get` is used here.
///
/// It is given the registry's key on its standard input and answers `{"ServerURL": …, "Username": …, "Secret": …}`, or
/// ends with another status than 0 and says why, on its standard output too
/// (docker-credential-helpers, `credentials/credentials.go`). Its standard error is this process's own.
struct CredentialHelper {
  private static let prefix = "docker-credential-"
  static let outputLimit = 64 << 10
  /// Bytes kept of what a helper says of its failure.
  private static let messageLimit = 512
  /// What every helper says where it has no login for a registry.
  private static let nothing = "credentials not found in native keychain"
  /// The user's name that makes the secret an identity token.
  private static let tokenUser = "<token>"

  private let program: String
  private let path: String
  private let environment: [String: String]
  private let timeLimit: Duration

  /// - Parameter file: the configuration that names the helper, for errors.
  init(
    _ name: String, namedIn file: String, environment: [String: String], timeLimit: Duration
  ) throws(DockerConfigError) {
    guard !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0) else {
      throw .unusableHelper(name, file: file)
    }
    program = Self.prefix + name
    self.environment = environment
    self.timeLimit = timeLimit
    // A relative directory would let whatever directory the user is in choose the program.
    let directories = (environment["PATH"] ?? "").split(separator: ":").filter { $0.utf8.first == UInt8(ascii: "/") }
    let candidates = directories.map { [program] in "\($0)/\(program)" }
    guard let path = candidates.first(where: Self.isProgram) else { throw .helperNotFound(program: program) }
    self.path = path
  }

  func login(for key: RegistryKey) throws(DockerConfigError) -> RegistryLogin? {
    do throws(HelperFailure) {
      return try ask(key)
    } catch { throw .helperFailed(program: program, error) }
  }

  private func ask(_ key: RegistryKey) throws(HelperFailure) -> RegistryLogin? {
    var run = try HelperRun(path, arguments: [program, "get"], environment: environment, input: Array(key.name.utf8))
    let result = try run.finish(within: timeLimit, outputLimit: Self.outputLimit)
    guard result.status == 0 else {
      let message = Self.trimmed(result.output)
      if message == Self.nothing { return nil }
      throw .refused(status: result.status, message: message)
    }
    let answer: JSONValue
    do throws(JSONError) { answer = try JSONParser.parse(result.output) } catch { throw .unreadableAnswer }
    guard let username = answer["Username"]?.stringValue, let secret = answer["Secret"]?.stringValue else {
      throw .unreadableAnswer
    }
    return username == Self.tokenUser
      ? RegistryLogin(server: key.name, identityToken: secret)
      : RegistryLogin(server: key.name, username: username, password: secret)
  }

  /// The beginning of the text, in one line and without anything that a terminal would obey.
  private static func trimmed(_ output: [UInt8]) -> String {
    let bytes = output.prefix(messageLimit).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }
    let text = String(decoding: bytes, as: UTF8.self).drop { $0 == " " }
    return text.lastIndex { $0 != " " }.map { String(text[...$0]) } ?? ""
  }

  private static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
  }
}
