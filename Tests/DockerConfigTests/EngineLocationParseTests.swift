import Testing

@testable import DockerConfig

struct EngineLocationParseTests {
  @Test(arguments: [
    ("unix:///run/engine.sock", "/run/engine.sock"),
    ("UNIX:///run/engine.sock", "/run/engine.sock"),
    ("/run/engine.sock", "/run/engine.sock"),
    ("/run/a:b.sock", "/run/a:b.sock"),
    ("unix://", "/var/run/docker.sock"),
  ])
  func unixAddressesAndAbsolutePathsNameASocket(text: String, path: String) throws {
    let location = try EngineLocation.parse(text)
    #expect(location.socketPath == path)
    #expect(location.origin == .flag)
  }

  @Test(arguments: [
    ("tcp://127.0.0.1:2375", "tcp"), ("ssh://me:secret@host", "ssh"), ("npipe:////./pipe/docker_engine", "npipe"),
    ("fd://", "fd"), ("http://localhost", "http"),
  ])
  func otherSchemesAreRefusedByNameWithoutRepeatingTheAddress(text: String, scheme: String) {
    let error = DockerConfigError.unsupportedScheme(scheme, origin: .dockerHost)
    #expect(throws: error) { try EngineLocation.parse(text, origin: .dockerHost) }
    #expect(error.description.hasPrefix("DOCKER_HOST names an Engine by \(scheme)://"))
    #expect(!error.description.contains("secret"))
  }

  @Test(arguments: ["", "relative.sock", "127.0.0.1:2375", "unix:/run/engine.sock", "unix://relative.sock"])
  func addressesWithoutAnAbsolutePathAreRefused(text: String) {
    let path = text.hasPrefix("unix://") ? String(text.dropFirst(7)) : text
    #expect(throws: DockerConfigError.notAbsolute(path, origin: .flag)) { try EngineLocation.parse(text) }
  }

  @Test func pathsAreLimitedToWhatASocketAddressHolds() throws {
    let longest = "/" + String(repeating: "s", count: 106)
    #expect(try EngineLocation.parse("unix://" + longest).socketPath == longest)
    #expect(throws: DockerConfigError.unusablePath(longest + "s", origin: .flag)) {
      try EngineLocation.parse("unix://" + longest + "s")
    }
    #expect(throws: DockerConfigError.unusablePath("/a\0b", origin: .flag)) { try EngineLocation.parse("/a\0b") }
  }
}
