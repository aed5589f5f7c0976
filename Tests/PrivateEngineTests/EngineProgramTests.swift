import Testing

@testable import PrivateEngine

struct EngineProgramTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func theFirstExecutableFileOfThePathIsTaken() throws {
    let first = try directory.makeDirectory("first")
    let second = try directory.makeDirectory("second")
    let third = try directory.makeDirectory("third")
    _ = try directory.makeDirectory("first/dockerd")
    try directory.write("second/dockerd", "", mode: 0o644)
    let expected = try directory.write("third/dockerd", "", mode: 0o755)
    let program = try EngineProgram(environment: ["PATH": "relative::\(first):\(second)"], systemDirectories: [third])
    #expect(program.path == expected)
    #expect(program.environment.contains("PATH=\(first):\(second):\(third)"))
  }

  @Test func aMissingDockerdIsToldWithTheCommandThatInstallsIt() {
    let error = PrivateEngineError.dockerdNotFound(searched: [directory.path, "/nonexistent"])
    #expect(throws: error) {
      try EngineProgram(environment: ["PATH": directory.path], systemDirectories: ["/nonexistent"])
    }
    #expect(error.description.hasSuffix("apt-get install --no-install-recommends docker.io"))
  }

  @Test func dockerdGetsTheEnvironmentWithoutTheBrokersConversationWithSystemd() throws {
    try directory.write("dockerd", "", mode: 0o755)
    let program = try EngineProgram(
      environment: [
        "PATH": directory.path, "HTTPS_PROXY": "http://proxy", "NOTIFY_SOCKET": "/n", "LISTEN_FDS": "1",
        "LISTEN_PID": "2", "LISTEN_FDNAMES": "x", "WATCHDOG_PID": "3", "WATCHDOG_USEC": "4",
      ], systemDirectories: [])
    #expect(program.environment == ["HTTPS_PROXY=http://proxy", "PATH=\(directory.path)"])
  }
}
