extension [String: String] {
  /// The value of a variable; one that is empty counts as one that is not set.
  func nonEmpty(_ name: String) -> String? {
    guard let value = self[name], !value.isEmpty else { return nil }
    return value
  }

  /// Where docker's configuration is; nil where neither `DOCKER_CONFIG` nor a home directory says so.
  func dockerConfigDirectory(home: String?) -> String? {
    nonEmpty("DOCKER_CONFIG") ?? home.map { $0 + "/.docker" }
  }
}
