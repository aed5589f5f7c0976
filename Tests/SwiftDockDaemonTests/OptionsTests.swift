import Testing

@testable import swiftdockd

private func parse(_ arguments: String..., environment: [String: String] = ["HOME": "/home/me"]) throws -> Options {
  guard case .run(let options) = try Options.parse(arguments, environment: environment) else {
    throw OptionError("not a request to run")
  }
  return options
}

@Suite struct OptionsTests {
  @Test func takesValuesInBothSpellings() throws {
    let options = try parse("--socket", "/run/me/s", "--state-dir=/var/me", "--max-builds", "7", "--engine=private")
    #expect(options.socketPath == "/run/me/s")
    #expect(options.stateDirectory == "/var/me")
    #expect(options.maxBuilds == 7)
    #expect(options.engine == .own)
  }

  @Test func anOptionWinsOverItsVariable() throws {
    let environment = ["HOME": "/home/me", "SWIFTDOCK_MAX_BUILDS": "3", "SWIFTDOCK_STATE_DIR": "/var/variable"]
    let options = try parse("--max-builds", "9", environment: environment)
    #expect(options.maxBuilds == 9)
    #expect(options.stateDirectory == "/var/variable")
  }

  @Test func stateGoesWhereTheEnvironmentSays() throws {
    #expect(try parse().stateDirectory == "/home/me/.local/state/swiftdock")
    #expect(try parse(environment: ["XDG_STATE_HOME": "/state"]).stateDirectory == "/state/swiftdock")
  }

  @Test func aSocketMayBeGivenAsAURL() throws {
    #expect(try parse("--socket", "unix:///run/me/s").socketPath == "/run/me/s")
  }

  @Test func anEnginesAddressIsKeptAsGiven() throws {
    #expect(try parse("--engine", "unix:///e.sock").engine == .address("unix:///e.sock"))
    #expect(try parse().engine == .standard)
  }

  @Test(arguments: [
    ["--nonsense"], ["--socket"], ["build"], ["--max-builds", "0"], ["--max-builds", "257"], ["--max-builds", "many"],
    ["--default-network", "bridge"], ["--socket", ""], ["-x"],
  ])
  func refusesWhatItCannotUse(arguments: [String]) {
    #expect(throws: OptionError.self) { try Options.parse(arguments, environment: ["HOME": "/home/me"]) }
  }

  @Test func needsAPlaceForItsState() {
    #expect(throws: OptionError.self) { try Options.parse(["--socket", "/s"], environment: [:]) }
  }

  @Test func answersHelpAndVersionWithoutRunning() throws {
    #expect(try Options.parse(["--help"], environment: [:]) == .help)
    #expect(try Options.parse(["--version"], environment: [:]) == .version)
  }
}
