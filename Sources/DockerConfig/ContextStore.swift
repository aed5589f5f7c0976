import Glibc
import JSON

/// The contexts that `docker context` keeps under docker's configuration directory: `config.json` may name the current
/// one, `contexts/meta/SHA256-OF-NAME/meta.json` describes one each.
struct ContextStore {
  /// The context that always exists and has no file.
  static let defaultName = "default"
  static let contextLimit = 1024

  private let configFile: String
  private let metaDirectory: String

  init(configDirectory: String) {
    configFile = configDirectory + "/config.json"
    metaDirectory = configDirectory + "/contexts/meta"
  }

  /// `currentContext` of `config.json`; nil where it is not set or there is no such file.
  func currentContext() throws(DockerConfigError) -> String? {
    guard let config = try JSONFile.object(in: configFile), let value = config["currentContext"] else { return nil }
    guard let name = value.stringValue else { throw .wrongType(file: configFile, member: "currentContext") }
    return name.isEmpty ? nil : name
  }

  /// The address of the context's Engine, as its file gives it.
  ///
  /// The directories are named by the SHA-256 of the context's name; reading the `Name` in each file finds the same
  /// one without a hash function. A broken file matters only where no other one is the context.
  func host(of name: String) throws(DockerConfigError) -> String {
    var failure: DockerConfigError?
    for directory in try metaDirectories() {
      let file = "\(metaDirectory)/\(directory)/meta.json"
      let meta: JSONObject
      do throws(DockerConfigError) {
        guard let object = try JSONFile.object(in: file) else { continue }
        meta = object
      } catch {
        failure = failure ?? error
        continue
      }
      guard let own = meta["Name"]?.stringValue, own.utf8.elementsEqual(name.utf8) else { continue }
      guard let endpoint = meta["Endpoints"]?["docker"], let host = endpoint["Host"] else {
        throw .contextWithoutEndpoint(name, file: file)
      }
      guard let text = host.stringValue else { throw .wrongType(file: file, member: "Endpoints.docker.Host") }
      guard !text.isEmpty else { throw .contextWithoutEndpoint(name, file: file) }
      return text
    }
    throw failure ?? .contextNotFound(name, directory: metaDirectory)
  }

  /// In byte order, so that what is found does not depend on the file system.
  private func metaDirectories() throws(DockerConfigError) -> [String] {
    guard let stream = opendir(metaDirectory) else {
      guard errno == ENOENT || errno == ENOTDIR else { throw .unreadable(file: metaDirectory, errno: errno) }
      return []
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw .unreadable(file: metaDirectory, errno: errno) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard name != ".", name != ".." else { continue }
      guard names.count < Self.contextLimit else {
        throw .tooManyContexts(directory: metaDirectory, limit: Self.contextLimit)
      }
      names.append(name)
    }
  }
}
