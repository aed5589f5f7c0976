internal import JSON

/// The logins that are in a text themselves: the member `auths` of `config.json` or of `DOCKER_AUTH_CONFIG`.
struct LoginEntries {
  private let entries: JSONObject
  /// The file or variable, for errors.
  private let source: String

  init(in object: JSONObject, of source: String) throws(DockerConfigError) {
    self.source = source
    entries = try object.optionalObject("auths", in: source) ?? [:]
  }

  /// Only the entry that is found is read, so that a broken one for another registry does no harm.
  func login(for key: RegistryKey) throws(DockerConfigError) -> RegistryLogin? {
    let found = entries[key.name] ?? entries.members.first { key.isMeant(by: $0.name) }?.value
    guard let found, found != .null else { return nil }
    guard let entry = found.objectValue else { throw .wrongType(file: source, member: "auths.\(key.name)") }
    var username = try entry.optionalString("username", in: source)
    var password = try entry.optionalString("password", in: source)
    if let auth = try entry.optionalString("auth", in: source), !auth.isEmpty {
      guard let pair = Self.pair(auth) else { throw .unreadableLogin(file: source, server: key.name) }
      (username, password) = pair
    }
    return RegistryLogin(
      server: key.name, username: username, password: password,
      identityToken: try entry.optionalString("identitytoken", in: source),
      registryToken: try entry.optionalString("registrytoken", in: source))
  }

  /// `NAME:PASSWORD` in base64, which may be broken into lines; old versions of docker filled up with zero bytes.
  private static func pair(_ auth: String) -> (username: String, password: String)? {
    guard let bytes = Base64.decode(auth.utf8.filter { $0 != 0x0A && $0 != 0x0D }),
      let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0,
      let username = String(validating: bytes[..<colon], as: UTF8.self)
    else { return nil }
    var password = bytes[(colon + 1)...]
    while password.last == 0 { password.removeLast() }
    while password.first == 0 { password.removeFirst() }
    guard let password = String(validating: password, as: UTF8.self) else { return nil }
    return (username, password)
  }
}

extension JSONObject {
  /// Nil where the member is missing or null, which are the same to docker.
  func optionalString(_ name: String, in source: String) throws(DockerConfigError) -> String? {
    guard let value = self[name], value != .null else { return nil }
    guard let text = value.stringValue else { throw .wrongType(file: source, member: name) }
    return text
  }

  /// As `optionalString`.
  func optionalObject(_ name: String, in source: String) throws(DockerConfigError) -> JSONObject? {
    guard let value = self[name], value != .null else { return nil }
    guard let object = value.objectValue else { throw .wrongType(file: source, member: name) }
    return object
  }
}
