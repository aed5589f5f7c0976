import JSON
import Testing

@testable import DockerConfig

struct EngineLocationResolveTests {
  private let directory: ConfigDirectory

  init() throws { directory = try ConfigDirectory() }

  private func resolve(_ environment: [String: String] = [:]) throws(DockerConfigError) -> EngineLocation {
    var environment = environment
    environment["DOCKER_CONFIG"] = directory.path
    return try EngineLocation.resolve(environment: environment, home: "/nonexistent")
  }

  @Test func nothingSetMeansTheStandardSocket() throws {
    #expect(try resolve() == EngineLocation.parse("/var/run/docker.sock", origin: .standard))
    #expect(try resolve(["DOCKER_HOST": "", "DOCKER_CONTEXT": ""]).origin == .standard)
    #expect(try EngineLocation.resolve(environment: [:], home: nil).origin == .standard)
    #expect(try EngineLocation.resolve(environment: [:], home: "/nonexistent").origin == .standard)
  }

  @Test func dockerHostWinsOverContextsAndReadsNoFile() throws {
    try directory.write("config.json", "not JSON")
    let location = try resolve(["DOCKER_HOST": "unix:///run/host.sock", "DOCKER_CONTEXT": "missing"])
    #expect(location.socketPath == "/run/host.sock")
    #expect(location.origin == .dockerHost)
  }

  @Test func dockerContextWinsOverTheCurrentContext() throws {
    try directory.write("config.json", #"{"currentContext":"one"}"#)
    try directory.writeContext("one", in: "aa", host: "unix:///run/one.sock")
    try directory.writeContext("two", in: "bb", host: "unix:///run/two.sock")
    #expect(try resolve().socketPath == "/run/one.sock")
    #expect(try resolve().origin == .context("one"))
    #expect(try resolve(["DOCKER_CONTEXT": "two"]).socketPath == "/run/two.sock")
    #expect(try resolve(["DOCKER_CONTEXT": "default"]).origin == .standard)
  }

  @Test func theConfigDirectoryIsBelowHomeUnlessNamed() throws {
    try directory.write(".docker/config.json", #"{"currentContext":"mine"}"#)
    try directory.write(
      ".docker/contexts/meta/x/meta.json", #"{"Name":"mine","Endpoints":{"docker":{"Host":"unix:///run/mine.sock"}}}"#)
    #expect(try EngineLocation.resolve(environment: [:], home: directory.path).socketPath == "/run/mine.sock")
  }

  @Test(arguments: [#"{}"#, #"{"currentContext":""}"#, #"{"currentContext":"default"}"#, #"{"auths":{"a":{}}}"#])
  func aConfigThatChoosesNoContextMeansTheStandardSocket(config: String) throws {
    try directory.write("config.json", config)
    #expect(try resolve().origin == .standard)
  }

  @Test func aMissingContextIsAnErrorAndNotTheStandardSocket() throws {
    try directory.write("config.json", #"{"currentContext":"gone"}"#)
    let meta = directory.path + "/contexts/meta"
    #expect(throws: DockerConfigError.contextNotFound("gone", directory: meta)) { try resolve() }
    try directory.writeContext("other", in: "aa", host: "unix:///run/other.sock")
    #expect(throws: DockerConfigError.contextNotFound("gone", directory: meta)) { try resolve() }
    #expect(throws: DockerConfigError.contextNotFound("gone", directory: "~/.docker (HOME is not set)")) {
      try EngineLocation.resolve(environment: ["DOCKER_CONTEXT": "gone"], home: nil)
    }
  }

  @Test func aContextOfARemoteEngineIsRefusedByItsName() throws {
    try directory.writeContext("far", in: "aa", host: "ssh://user@host")
    let error = DockerConfigError.unsupportedScheme("ssh", origin: .context("far"))
    #expect(throws: error) { try resolve(["DOCKER_CONTEXT": "far"]) }
    #expect(error.description.hasPrefix(#"docker context "far" names an Engine by ssh://"#))
  }

  @Test(arguments: ["{}", #"{"docker":{}}"#, #"{"docker":{"Host":""}}"#, #"{"kubernetes":{"Host":"x"}}"#])
  func aContextWithoutADockerEndpointIsAnError(endpoints: String) throws {
    let file = try directory.write("contexts/meta/aa/meta.json", #"{"Name":"bare","Endpoints":\#(endpoints)}"#)
    #expect(throws: DockerConfigError.contextWithoutEndpoint("bare", file: file)) {
      try resolve(["DOCKER_CONTEXT": "bare"])
    }
  }

  @Test func aBrokenFileIsNamed() throws {
    let config = try directory.write("config.json", "{")
    #expect(throws: DockerConfigError.invalidJSON(file: config, JSONError(.unexpectedEnd, offset: 1))) { try resolve() }
    try directory.write("config.json", "[]")
    #expect(throws: DockerConfigError.wrongType(file: config, member: "(the whole file)")) { try resolve() }
    try directory.write("config.json", #"{"currentContext":7}"#)
    #expect(throws: DockerConfigError.wrongType(file: config, member: "currentContext")) { try resolve() }
  }

  @Test func aBrokenContextMattersOnlyWhereNoOtherIsTheOneAskedFor() throws {
    let broken = try directory.write("contexts/meta/aa/meta.json", "nonsense")
    try directory.writeContext("good", in: "bb", host: "unix:///run/good.sock")
    #expect(try resolve(["DOCKER_CONTEXT": "good"]).socketPath == "/run/good.sock")
    #expect(throws: DockerConfigError.invalidJSON(file: broken, JSONError(.unexpectedByte(0x6F), offset: 1))) {
      try resolve(["DOCKER_CONTEXT": "other"])
    }
  }

  @Test func filesAreReadUpToALimitAndOnlyWhereTheyAreFiles() throws {
    let limit = JSONFile.limit
    let config = try directory.write("config.json", "{" + String(repeating: " ", count: limit - 2) + "}")
    #expect(try resolve().origin == .standard)
    try directory.write("config.json", "{" + String(repeating: " ", count: limit - 1) + "}")
    #expect(throws: DockerConfigError.tooLarge(file: config, limit: limit)) { try resolve() }
    let fifo = try directory.writeFifo("contexts/meta/aa/meta.json")
    #expect(throws: DockerConfigError.notAFile(file: fifo)) { try resolve(["DOCKER_CONTEXT": "any"]) }
  }

  @Test func theNumberOfContextsIsLimited() throws {
    for index in 0...ContextStore.contextLimit { try directory.write("contexts/meta/\(index)", "") }
    #expect(
      throws: DockerConfigError.tooManyContexts(
        directory: directory.path + "/contexts/meta", limit: ContextStore.contextLimit)
    ) { try resolve(["DOCKER_CONTEXT": "any"]) }
  }
}
