import JSON
import Testing

@testable import DockerConfig

struct RegistryLoginsTests {
  private let directory: ConfigDirectory

  init() throws { directory = try ConfigDirectory() }

  private func login(
    for registry: String, _ environment: [String: String] = [:]
  ) throws(DockerConfigError) -> RegistryLogin? {
    var environment = environment
    environment["DOCKER_CONFIG"] = directory.path
    return try RegistryLogins(environment: environment, home: "/nonexistent").login(for: registry)
  }

  /// `NAME:secret` as docker writes it.
  private static func auth(_ name: String) -> String { Base64.encode("\(name):secret".utf8) }

  private func write(auths: String) throws -> String { try directory.write("config.json", #"{"auths":\#(auths)}"#) }

  @Test func nothingConfiguredMeansNoLogin() throws {
    #expect(try login(for: "r.example") == nil)
    #expect(try RegistryLogins(environment: [:], home: nil).login(for: "r.example") == nil)
    #expect(try RegistryLogins(environment: [:], home: "/nonexistent").login(for: "r.example") == nil)
    for text in ["{}", #"{"auths":{}}"#, #"{"auths":null,"credsStore":null,"credHelpers":null}"#] {
      try directory.write("config.json", text)
      #expect(try login(for: "r.example") == nil)
    }
  }

  @Test func configurationIsInTheHomeDirectoryUnlessAVariableSaysOtherwise() throws {
    try directory.write(".docker/config.json", #"{"auths":{"r.example":{"auth":"\#(Self.auth("home"))"}}}"#)
    _ = try write(auths: #"{"r.example":{"auth":"\#(Self.auth("variable"))"}}"#)
    #expect(try RegistryLogins(environment: [:], home: directory.path).login(for: "r.example")?.username == "home")
    #expect(try login(for: "r.example")?.username == "variable")
  }

  @Test(arguments: [
    ("r.example", "r.example", true), ("r.example:5000", "r.example:5000", true),
    ("https://r.example/v1/", "r.example", true), ("http://r.example:5000", "r.example:5000", true),
    ("r.example/team", "r.example", true), ("r.example", "r.example:5000", false),
    ("r.example:5000", "r.example", false),
    ("ample", "r.example", false), ("https://index.docker.io/v1/", "docker.io", true),
    ("https://index.docker.io/v1/", "index.docker.io", true), ("https://index.docker.io/v1/", "r.example", false),
    ("https://index.docker.io/v1/", "https://index.docker.io/v1/", true), ("docker.io", "docker.io", true),
    ("registry-1.docker.io", "docker.io", true), ("docker.io.example", "docker.io", false),
  ])
  func entriesAreFoundByHost(key: String, registry: String, isFound: Bool) throws {
    _ = try write(auths: #"{"\#(key)":{"auth":"\#(Self.auth("me"))"}}"#)
    let isHub = registry.contains("docker.io")
    #expect(
      try login(for: registry)
        == (isFound
          ? RegistryLogin(
            server: isHub ? "https://index.docker.io/v1/" : registry, username: "me", password: "secret") : nil))
  }

  @Test func theKeyThatDockerWritesGoesFirst() throws {
    let others = ["https://r.example/v1/", "http://r.example"].map { #""\#($0)":{"auth":"\#(Self.auth("other"))"}"# }
    _ = try write(auths: #"{\#(others.joined(separator: ",")),"r.example":{"auth":"\#(Self.auth("me"))"}}"#)
    #expect(try login(for: "r.example")?.username == "me")
  }

  @Test(
    arguments: [
      (#"{"auth":"bWU6czpl/w=="}"#, nil), (#"{"auth":"bWU6czplOsOp"}"#, ["me", "s:e:é"]),
      (#"{"auth":"bWU6\nc2Vj\r\ncmV0\n"}"#, ["me", "secret"]), (#"{"auth":"bWU6c2VjcmV0AAA="}"#, ["me", "secret"]),
      (#"{"auth":"bWU6"}"#, ["me", nil]), (#"{"username":"me","password":"plain"}"#, ["me", "plain"]),
      (#"{"auth":"","username":"me","password":"plain"}"#, ["me", "plain"]),
      (#"{"auth":"bWU6c2VjcmV0","identitytoken":"it"}"#, ["me", "secret", "it"]),
      (#"{"identitytoken":"it"}"#, [nil, nil, "it"]), (#"{"registrytoken":"rt"}"#, [nil, nil, nil, "rt"]),
      ("{}", []), ("null", []), (#"{"email":"me@r.example"}"#, []), (#"{"password":"alone"}"#, []),
      (#"{"auth":"me:secret"}"#, nil), (#"{"auth":"bWU="}"#, nil), (#"{"auth":"OnNlY3JldA=="}"#, nil),
    ] as [(String, [String?]?)])
  func entriesAreReadAsDockerReadsThem(entry: String, parts: [String?]?) throws {
    let file = try write(auths: #"{"r.example":\#(entry)}"#)
    guard let parts else {
      let error = DockerConfigError.unreadableLogin(file: file, server: "r.example")
      #expect(throws: error) { try login(for: "r.example") }
      #expect(error.description.hasPrefix("\(file): the login for r.example cannot be read"))
      return
    }
    func part(_ index: Int) -> String? { index < parts.count ? parts[index] : nil }
    #expect(
      try login(for: "r.example")
        == RegistryLogin(
          server: "r.example", username: part(0), password: part(1), identityToken: part(2), registryToken: part(3)))
  }

  @Test func aBrokenEntryOfAnotherRegistryDoesNoHarm() throws {
    _ = try write(auths: #"{"a.example":{"auth":"?"},"b.example":7,"r.example":{"auth":"\#(Self.auth("me"))"}}"#)
    #expect(try login(for: "r.example")?.username == "me")
  }

  @Test func aBrokenFileIsNamed() throws {
    let file = try directory.write("config.json", "{")
    #expect(throws: DockerConfigError.invalidJSON(file: file, JSONError(.unexpectedEnd, offset: 1))) {
      try login(for: "r.example")
    }
    for (text, member) in [
      ("[]", "(the whole file)"), (#"{"auths":[]}"#, "auths"), (#"{"auths":{"r.example":7}}"#, "auths.r.example"),
      (#"{"auths":{"r.example":{"auth":7}}}"#, "auth"), (#"{"credsStore":{}}"#, "credsStore"),
      (#"{"credHelpers":"x"}"#, "credHelpers"), (#"{"credHelpers":{"r.example":1}}"#, "r.example"),
    ] {
      try directory.write("config.json", text)
      #expect(throws: DockerConfigError.wrongType(file: file, member: member)) { try login(for: "r.example") }
    }
    try directory.write("config.json", String(repeating: " ", count: JSONFile.limit + 1))
    #expect(throws: DockerConfigError.tooLarge(file: file, limit: JSONFile.limit)) { try login(for: "r.example") }
  }

  @Test func theVariableGoesBeforeTheFile() throws {
    _ = try write(auths: #"{"r.example":{"auth":"\#(Self.auth("file"))"},"b.example":{"auth":"\#(Self.auth("b"))"}}"#)
    let text =
      #"{"auths":{"r.example":{"auth":"\#(Self.auth("variable"))"},"docker.io":{"auth":"\#(Self.auth("h"))"}}}"#
    let variable = ["DOCKER_AUTH_CONFIG": text]
    #expect(try login(for: "r.example", variable)?.username == "variable")
    #expect(try login(for: "docker.io", variable)?.username == "h")
    #expect(try login(for: "b.example", variable)?.username == "b")
    #expect(try login(for: "r.example", ["DOCKER_AUTH_CONFIG": ""])?.username == "file")
    #expect(
      try RegistryLogins(environment: variable, home: nil).login(for: "r.example")?.username == "variable")
    #expect(throws: DockerConfigError.wrongType(file: "DOCKER_AUTH_CONFIG", member: "auths")) {
      try login(for: "r.example", ["DOCKER_AUTH_CONFIG": #"{"auths":1}"#])
    }
    let broken = DockerConfigError.invalidJSON(file: "DOCKER_AUTH_CONFIG", JSONError(.unexpectedByte(0x73), offset: 0))
    #expect(throws: broken) { try login(for: "r.example", ["DOCKER_AUTH_CONFIG": "secret"]) }
    #expect(!broken.description.contains("secret"))
  }

  @Test func textOfALoginShowsItsServerOnly() throws {
    let login = try #require(
      RegistryLogin(
        server: "r.example", username: "secret", password: "secret", identityToken: "secret", registryToken: "secret"))
    var dumped = ""
    dump([login], to: &dumped)
    for text in ["\(login)", String(reflecting: login), "\([login])", dumped] {
      #expect(text.contains("r.example"))
      #expect(!text.contains("secret"))
    }
  }
}
