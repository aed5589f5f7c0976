internal import JSON

extension BuildOptions {
  /// The parameters of `POST /build` (Engine API, ImageBuild). Members of JSON objects are sorted by name, so that equal
  /// options make equal requests. Podman wants some of them in another form.
  func query(for product: EngineIdentity.Product) -> Query {
    var query = Query()
    query.add("version", builder == .buildKit ? "2" : "1")
    if builder == .buildKit { query.add("buildid", buildID) }
    query.add("dockerfile", dockerfile)
    if builder == .classic {
      // BuildKit has no containers to leave behind.
      query.add("rm", true)
      query.add("forcerm", true)
    }
    if noCache { query.add("nocache", true) }
    if let target { query.add("target", target) }
    if let platform { query.add("platform", platform) }
    if let network = networkMode(for: product) { query.add("networkmode", network) }
    let arguments = buildArguments(for: product)
    if !arguments.isEmpty { query.add("buildargs", Self.text(.object(arguments))) }
    if !labels.isEmpty { query.add("labels", Self.text(.object(Self.object(labels.mapValues { .string($0) })))) }
    if !cacheFrom.isEmpty { query.add("cachefrom", Self.text(.array(cacheFrom.map { .string($0) }))) }
    switch product {
    case .docker: for host in extraHosts { query.add("extrahosts", host) }
    case .podman where extraHosts.isEmpty: break
    case .podman: query.add("extrahosts", Self.text(.array(extraHosts.map { .string($0) })))
    }
    return query
  }

  /// Podman takes Buildah's names (`NetworkConfigurationPolicy`) and passes over all others; it has none for `host`.
  private func networkMode(for product: EngineIdentity.Product) -> String? {
    switch (network, product) {
    case (.default, _): nil
    case (.none, .docker): "none"
    case (.none, .podman): "NetworkDisabled"
    case (.host, _): "host"
    }
  }

  /// Podman would take null for an empty value.
  private func buildArguments(for product: EngineIdentity.Product) -> JSONObject {
    var values: [String: JSONValue] = [:]
    for (name, value) in buildArgs {
      if let value { values[name] = .string(value) } else if product == .docker { values[name] = .null }
    }
    return Self.object(values)
  }

  private static func object(_ values: [String: JSONValue]) -> JSONObject {
    JSONObject(values.sorted { $0.key < $1.key }.map { JSONObject.Member(name: $0.key, value: $0.value) })
  }

  private static func text(_ value: JSONValue) -> String {
    String(decoding: JSONWriter.bytes(of: value), as: UTF8.self)
  }
}
