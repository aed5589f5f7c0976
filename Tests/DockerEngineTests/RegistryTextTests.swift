import Testing

@testable import DockerEngine

struct RegistryTextTests {
  private static let texts: [(FailureKind, [String])] = [
    (
      .authRequired,
      [
        "no basic auth credentials", "denied", "unauthorized",
        #"Head "http://127.0.0.1:5000/v2/lib/app/manifests/x": no basic auth credentials"#,
        "unauthorized: authentication required", "unauthorized: incorrect username or password",
        "unauthorized: access token has insufficient scopes",
        "denied: requested access to the resource is denied",
        "denied: permission_denied: write_package",
        "denied: Your authorization token has expired. Reauthenticate and try again.",
        "error parsing HTTP 403 response body: invalid character 'F' looking for beginning of value: \"Forbidden\"",
        "push access denied, repository does not exist or may require authorization: server message: "
          + "insufficient_scope: authorization failed",
        "failed to authorize: failed to fetch oauth token: unexpected status from POST request to "
          + "https://auth.example:5000/token: 401 Unauthorized",
        "unexpected status from HEAD request to https://r.example/v2/app/blobs/sha256:0123: 403 Forbidden",
      ]
    ),
    (
      .registry,
      [
        "received unexpected HTTP status: 500 Internal Server Error",
        "received unexpected HTTP status: 503 Service Unavailable",
        "error parsing HTTP 502 response body: invalid character '<' looking for beginning of value: \"<html>\"",
        "failed commit on ref \"layer-sha256:0123\": unexpected status: 504 Gateway Timeout",
        "unexpected status from PUT request to https://r.example:5000/v2/app/manifests/x: 503 Service Unavailable",
        #"Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused"#,
        "failed to do request: Head \"https://r.example/v2/\": dial tcp 192.0.2.1:443: i/o timeout",
        "read tcp 127.0.0.1:48460->127.0.0.1:5875: read: connection reset by peer",
        "write tcp 127.0.0.1:48460->127.0.0.1:5875: write: broken pipe",
        #"Get "https://r.example/v2/": net/http: TLS handshake timeout"#,
        #"Get "https://r.example/v2/": net/http: request canceled while waiting for connection "#
          + "(Client.Timeout exceeded while awaiting headers)",
        #"Get "https://r.example/v2/": context deadline exceeded"#,
        #"Get "https://r.example/v2/": dial tcp: lookup r.example: Temporary failure in name resolution"#,
        #"Get "https://r.example/v2/": dial tcp: lookup r.example on 192.0.2.53:53: server misbehaving"#,
        #"Get "https://r.example/v2/": dial tcp 192.0.2.1:443: connect: no route to host"#,
        "EOF", #"Put "https://r.example/v2/app/blobs/uploads/1": EOF"#,
        "blob upload unknown: blob upload unknown to registry", "blob unknown: blob unknown to registry",
        "manifest blob unknown: blob unknown to registry",
        "digest invalid: provided digest did not match uploaded content", "unavailable: service unavailable",
      ]
    ),
    (
      .registryBusy,
      [
        "toomanyrequests: You have reached your push rate limit",
        "received unexpected HTTP status: 429 Too Many Requests",
        "unexpected status from HEAD request to https://r.example/v2/app/manifests/x: 429 Too Many Requests",
        "error pulling image configuration: toomanyrequests: Rate exceeded",
      ]
    ),
    (
      .registryRefused,
      [
        #"Get "https://r.example:5000/v2/": http: server gave HTTP response to HTTPS client"#,
        #"Get "https://r.example/v2/": x509: certificate signed by unknown authority"#,
        #"Get "https://r.example/v2/": tls: first record does not look like a TLS handshake"#,
        #"Get "https://r.example/v2/": remote error: tls: bad certificate"#,
        #"Get "https://r.invalid/v2/": dial tcp: lookup r.invalid on 192.0.2.53:53: no such host"#,
        #"Get "http://127.0.0.1:1/v2/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "x""#,
        #"Get "https://r.example/v2/": Proxy Authentication Required"#,
        "error parsing HTTP 413 response body: invalid character '<' looking for beginning of value: "
          + "\"<html>413 Request Entity Too Large</html>\"",
        "error parsing HTTP 405 response body: invalid character 'M' looking for beginning of value: "
          + "\"Method not allowed\\n\"",
        "unexpected status from PUT request to https://r.example/v2/app/manifests/x: 400 Bad Request",
        "denied: adding 2.0 MiB of storage resource, which when updated to current usage will exceed the configured "
          + "upper limit of 1.0 MiB.",
        "denied: Quota has been exceeded on namespace",
        "manifest invalid: manifest invalid", "name invalid", "name invalid: invalid repository name",
        "tag invalid: The image tag 'x' already exists and cannot be overwritten because the repository is immutable.",
        "unsupported", "unsupported: The operation is unsupported.", "unknown: unknown error",
      ]
    ),
    (
      .imageNotFound,
      [
        "An image does not exist locally with the tag: 127.0.0.1:5000/lib/absent",
        "tag does not exist: 127.0.0.1:5000/lib/app:absent", "No such image: r.example/app:x", "name unknown",
        "name unknown: The repository with name 'app' does not exist in the registry with id '123456789012'",
        "manifest for 127.0.0.1:5000/lib/app:x not found: manifest unknown: manifest unknown",
        "repository r.example/app not found: does not exist or no pull access",
      ]
    ),
    (.option, ["network mode \"unavailable: x\" not supported by buildkit"]),
    (
      .engine,
      [
        "\"/quota\": not found", "unexpected status", "unexpected status: none",
        "received unexpected HTTP status: 5033",
        "unsupportedly", "denied by nobody",
      ]
    ),
  ]

  @Test(arguments: texts.flatMap { kind, texts in texts.map { (kind, $0) } })
  func textsAboutRegistriesAreRead(kind: FailureKind, text: String) {
    #expect(BuildFailure(engineText: text).kind == kind)
  }

  @Test func troubleIsTriedAgainAndARefusalIsNot() {
    for (kind, texts) in Self.texts {
      for text in texts {
        let failure = EngineError.pushFailed(kind: BuildFailure(engineText: text).kind, message: text)
        #expect(failure.isWorthRetrying == (kind == .registry), "\(text)")
      }
    }
    #expect(!EngineError.lost.isWorthRetrying)
    #expect(!EngineError.interrupted.isWorthRetrying)
  }
}
