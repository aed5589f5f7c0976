/// The image that a step gets from a registry, by the step's name.
enum StepImage {
  /// What BuildKit calls its own steps that ask a registry (buildkit `frontend/dockerui`, `solver/llbsolver`).
  private static let prefixes = [
    "[internal] load metadata for ", "resolve image config for docker-image://", "resolve image config for ",
  ]

  /// Of `[internal] load metadata for IMAGE`, `[stage 1/2] FROM IMAGE` and, with the classic builder,
  /// `FROM --platform=… IMAGE AS stage`.
  static func reference(inStep name: String) -> String? {
    for prefix in prefixes where name.hasPrefix(prefix) { return String(name.dropFirst(prefix.count)) }
    var rest = name[...]
    if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") { rest = rest[rest.index(after: close)...] }
    let words = rest.split(whereSeparator: \.isWhitespace)
    guard words.first?.uppercased() == "FROM" else { return nil }
    return words.dropFirst().first { !$0.hasPrefix("--") }.map(String.init)
  }
}
