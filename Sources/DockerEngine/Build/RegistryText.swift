/// What is said about a registry, by the registry itself or by the Engine that asks it.
///
/// Registries answer with codes of the OCI Distribution specification ("Error Codes"), which the Engine passes on in
/// lower case with a text behind them (`tag invalid: …`) or, with the image store of its own, sometimes without.
/// Everything else is the words of Go's network packages and of containerd's resolver.
enum RegistryText {
  /// - Parameter lowered: an error text of the Engine, in lower case.
  /// - Returns: nil where it does not speak of a registry. The first row that fits holds.
  static func kind(of lowered: String) -> FailureKind? {
    func says(_ phrases: String...) -> Bool { phrases.contains { lowered.firstRange(of: $0, from: 0) != nil } }
    func isCode(_ codes: String...) -> Bool { codes.contains { lowered == $0 || lowered.hasPrefix("\($0): ") } }
    // Pulls of what is not there and of what is not for this login have one text; pushes have one of their own.
    if says("push access denied") { return .authRequired }
    if says("repository does not exist", "manifest unknown", "name unknown", "no match for platform")
      || says("no such image", "image does not exist locally", "tag does not exist")
    {
      return .imageNotFound
    }
    if lowered.hasPrefix("manifest for ") || lowered.hasPrefix("repository "), says("not found") {
      return .imageNotFound
    }
    if says("proxy authentication required") { return .registryRefused }
    if lowered.hasPrefix("denied: "), says("quota", "upper limit") { return .registryRefused }
    if isCode("denied")
      || says("no basic auth credentials", "unauthorized", "authentication required", "authorization failed")
      || says("access denied", "requested access to")
    {
      return .authRequired
    }
    if let status = status(in: lowered) { return kind(ofStatus: status) }
    if says("toomanyrequests", "too many requests") { return .registryBusy }
    if says("server gave http response", "x509:", "remote error: tls", "tls: first record", "no such host")
      || says("transport connection broken", "server message: insufficient")
    {
      return .registryRefused
    }
    if says("connection refused", "connection reset", "broken pipe", "use of closed network connection")
      || says("i/o timeout", "tls handshake", "request canceled", "deadline exceeded", "timeout exceeded")
      || says("no route to host", "network is unreachable", "server misbehaving", "temporary failure in name")
      || says("server sent goaway", "server closed idle connection", "stream error: stream id")
      || isCode("blob upload unknown", "blob unknown", "manifest blob unknown", "digest invalid", "unavailable")
      || lowered == "eof" || lowered.hasSuffix("\": eof") || lowered.hasSuffix("\": unexpected eof")
    {
      return .registry
    }
    if isCode("blob upload invalid", "manifest invalid", "manifest unverified", "name invalid", "size invalid")
      || isCode("tag invalid", "unsupported", "unknown")
    {
      return .registryRefused
    }
    return nil
  }

  /// - Parameter status: of the registry's HTTP answer, not of the Engine's.
  private static func kind(ofStatus status: Int) -> FailureKind {
    switch status {
    case 401, 403: .authRequired
    case 408, 500...599: .registry
    case 429: .registryBusy
    default: .registryRefused
    }
  }

  /// The status of an answer that the Engine could not read as the specification's:
  /// `received unexpected HTTP status: 503 Service Unavailable`, `error parsing HTTP 405 response body: …`, and of
  /// containerd `unexpected status from PUT request to https://…: 503 Service Unavailable`.
  private static func status(in lowered: String) -> Int? {
    if let parsing = lowered.firstRange(of: "error parsing http ", from: 0) {
      return number(at: parsing.upperBound, in: lowered)
    }
    guard
      let unexpected = lowered.firstRange(of: "unexpected status", from: 0)
        ?? lowered.firstRange(of: "unexpected http status", from: 0)
    else { return nil }
    var rest = lowered[unexpected.upperBound...]
    while let colon = rest.firstIndex(of: ":") {
      rest = rest[rest.index(after: colon)...]
      guard rest.first == " " else { continue }
      if let status = number(at: rest.index(after: rest.startIndex), in: lowered) { return status }
    }
    return nil
  }

  /// Three digits that are all of a word.
  private static func number(at start: String.Index, in text: String) -> Int? {
    let word = text[start...].prefix { $0 != " " }
    guard word.utf8.count == 3, word.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
      return nil
    }
    return Int(word)
  }
}
