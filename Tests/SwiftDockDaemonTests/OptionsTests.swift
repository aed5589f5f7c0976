import SwiftDockProtocol
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

  @Test(arguments: OptionName.allCases)
  func everyOptionIsAlsoAVariableAndListedWithItsSource(name: OptionName) throws {
    let values: [OptionName: String] = [
      .socket: "/run/me/s", .engine: "unix:///e", .stateDirectory: "/var/me", .maxBuilds: "9", .defaultNetwork: "none",
      .indexFiles: "5",
    ]
    let value = try #require(values[name])
    func listed(_ options: Options) -> BrokerConfig.Setting? {
      let engine = if case .address(let address) = options.engine { address } else { "found" }
      return options.listed(engine: engine, network: options.defaultNetwork ?? .host).first { $0.name == name.rawValue }
    }
    let home = ["HOME": "/home/me"]
    #expect(Options.usage.contains(name.option) && Options.usage.contains(name.variable))
    let byVariable = try parse(environment: home.merging([name.variable: value]) { $1 })
    #expect(listed(byVariable) == .init(name: name.rawValue, value: value, source: .variable))
    let byOption = try parse("\(name.option)=\(value)", environment: home.merging([name.variable: "x"]) { $1 })
    #expect(listed(byOption) == .init(name: name.rawValue, value: value, source: .option))
    #expect(listed(try parse(environment: home.merging([name.variable: ""]) { $1 }))?.source == .default)
  }

  @Test(arguments: ["SWIFTDOCK_MAX_BUILDS", "SWIFTDOCK_DEFAULT_NETWORK", "SWIFTDOCK_INDEX_FILES"])
  func whatAVariableHoldsIsCheckedAndTheVariableNamed(variable: String) {
    do throws(OptionError) {
      _ = try Options.parse([], environment: ["HOME": "/home/me", variable: "none at all"])
      Issue.record("accepted")
    } catch { #expect(error.description.hasPrefix(variable + " takes ")) }
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
    ["--default-network", "bridge"], ["--index-files", "-1"], ["--index-files", "10000001"], ["--socket", ""], ["-x"],
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
