import SwiftDockProtocol
import Testing

@testable import swiftdock_ctl

struct ParsedArgumentsTests {
  private let options = BuildOptions.all + Option.common

  @Test(arguments: [
    ["-t", "a:b", "."], ["-ta:b", "."], ["-t=a:b", "."], ["--tag", "a:b", "."], ["--tag=a:b", "."], [".", "--tag=a:b"],
    ["--tag=a:b", "--", "."],
  ])
  func valueMayStandInAnyOfDockersWays(arguments: [String]) throws {
    let parsed = try ParsedArguments(arguments, options: options)
    #expect(parsed.operands == ["."])
    #expect(parsed.values(of: BuildOptions.tag) == ["a:b"])
  }

  @Test func shortFlagsMayShareAWord() throws {
    let parsed = try ParsedArguments(["-qdt", "a", "-qfx=y", "-q=false"], options: options)
    #expect(
      parsed.options.map { "\($0.name) \($0.value)" } == [
        "--quiet ", "--detach ", "--tag a", "--quiet ", "--file x=y",
      ])
  }

  @Test func flagsMayBeSwitchedOffAndValuesMayHoldAnything() throws {
    let parsed = try ParsedArguments(
      ["--no-cache", "--pull=false", "--build-arg", "-x=--y=z", "--label=a=b", "-", "--", "-t"], options: options)
    #expect(parsed.has(BuildOptions.noCache))
    #expect(!parsed.has(BuildOptions.pull))
    #expect(parsed.value(of: BuildOptions.buildArg) == "-x=--y=z")
    #expect(parsed.value(of: BuildOptions.label) == "a=b")
    #expect(parsed.operands == ["-", "-t"])
  }

  @Test(arguments: [
    (["--no-cach"], "--no-cach is not supported; did you mean --no-cache?"),
    (["--tga=x"], "--tga is not supported; did you mean --tag?"),
    (["--kaniko"], "--kaniko is not supported"), (["-z"], "-z is not supported"), (["-qz"], "-z is not supported"),
    (["-t"], "-t needs a value: NAME[:TAG]"), (["--pull=maybe"], "--pull is true or false, not \"maybe\""),
  ])
  func mistakeIsExplained(arguments: [String], text: String) {
    let options = options
    #expect(usage { () throws(ProgramError) in try ParsedArguments(arguments, options: options) } == text)
  }
}

struct BuildOptionsTests {
  private func options(_ arguments: [String]) throws(ProgramError) -> BuildOptions {
    try BuildOptions(try ParsedArguments(arguments, options: BuildOptions.all + Option.common)) { name in
      ["SET": "from the environment", "EMPTY": ""][name]
    }
  }

  @Test func directoryAloneIsABuildThatIsWaitedFor() throws {
    let options = try options(["dir"])
    #expect(options.directory == "dir")
    #expect(options.file == nil)
    #expect(options.progress == .auto)
    #expect(
      options.params(context: .path("/c"), dockerfile: "Dockerfile")
        == BuildParams(context: .path("/c"), wait: true, events: true, progress: true))
  }

  @Test func everyOptionIsPassedOn() throws {
    let options = try options([
      "-t", "a", "-t", "b:{context:8}", "-f", "d/D", "--build-arg", "A=1=2", "--build-arg", "SET", "--build-arg",
      "UNSET",
      "--build-arg", "EMPTY", "--build-arg", "A=3", "--target", "t", "--platform", "linux/arm64", "--label", "x=y",
      "--label", "z",
      "--no-cache", "--pull", "--network", "host", "--add-host", "h:1.2.3.4", "--cache-from", "c", "--builder",
      "classic",
      "--progress", "json", "--no-dedupe", "--push", "--timeout", "1m30s", "--supersede", "w", "--annotation", "n=v",
      "--annotation", "m",
      "--keep", "dir",
    ])
    #expect(options.file == "d/D")
    #expect(options.progress == .json)
    #expect(
      options.params(context: .path("/c"), dockerfile: "d/D")
        == BuildParams(
          context: .path("/c"), dockerfile: "d/D", builder: .classic,
          tags: [try TagTemplate("a"), try TagTemplate("b:{context:8}")], push: true, target: "t",
          platform: "linux/arm64",
          buildArgs: [
            .init(name: "SET", value: "from the environment"), .init(name: "EMPTY", value: ""),
            .init(name: "A", value: "3"),
          ],
          labels: [.init(name: "x", value: "y"), .init(name: "z", value: "")], noCache: true, pull: true,
          network: .host,
          extraHosts: ["h:1.2.3.4"], cacheFrom: ["c"], onDisconnect: .keep, dedupe: .never, timeoutMs: 90_000,
          supersedes: "w", wait: true, events: true, progress: true,
          annotations: [.init(name: "n", value: "v"), .init(name: "m", value: "")]))
  }

  @Test func detachedBuildIsNotWaitedForAndStays() throws {
    let params = try options(["-d", "dir"]).params(context: .inline, dockerfile: "Dockerfile", text: "FROM scratch")
    #expect(
      params
        == BuildParams(
          context: .inline, dockerfileText: "FROM scratch", onDisconnect: .keep, wait: false, events: false))
  }

  @Test func quietBuildShowsNoProgressWhateverElseIsAsked() throws {
    let options = try options(["-q", "--progress", "plain", "dir"])
    #expect(options.isQuiet)
    #expect(options.progress == .none)
    #expect(!options.params(context: .path("/c"), dockerfile: "Dockerfile").progress)
  }

  @Test func standardInputIsContextOrDockerfile() throws {
    #expect(try options(["-"]).directory == "-")
    #expect(try options(["-f", "-", "."]).file == "-")
    #expect(try options(["-f", "x", "-"]).file == "x")
  }

  @Test(
    arguments: [
      ([], "needs the directory"), (["a", "b"], "does not take \"b\""), (["-f", "-", "-"], "not both"),
      (["--push", "."], "--tag NAME"), (["-d", "--iidfile", "x", "."], "--detach"),
      (["-d", "--metadata-file", "x", "."], "--detach"), (["--timeout", "soon", "."], "1m30s"),
      (["--timeout", "0", "."], "1m30s"), (["--supersede", "", "."], "--supersede"),
      (["--annotation", "index,manifest:a=b", "."], "--label"),
      (["--annotation", "manifest[linux/amd64]:a=b", "."], "--label"),
      (["--builder", "default", "."], "auto, buildkit, classic"),
      (["-t", "A", "."], "must be lower case"), (["-t", "a:{context:1}", "."], "placeholder"),
      (["--network", "bridge", "."], "default, none, host"),
      (["--builder", "kaniko", "."], "auto, buildkit, classic"),
      (["--progress", "tty", "."], "auto, plain, json, none"),
      (["--build-arg", "=x", "."], "no name"),
    ] as [([String], String)])
  func mistakeIsExplained(arguments: [String], part: String) throws {
    let text = try #require(usage { () throws(ProgramError) in try options(arguments) })
    #expect(text.contains(part), "\(text)")
  }
}

struct VerbTableTests {
  @Test func verbsAreFoundOrGuessed() throws {
    #expect(try VerbTable.verb("ls").name == "ls")
    #expect(
      usage { () throws(ProgramError) in try VerbTable.verb("biuld") }
        == "There is no verb \"biuld\"; did you mean build?")
    #expect(usage { () throws(ProgramError) in try VerbTable.verb("zzzzzzzz") } == "There is no verb \"zzzzzzzz\"")
  }

  @Test func helpNamesEveryVerbAndOption() {
    for verb in VerbTable.all {
      #expect(VerbTable.helpText.contains("  \(verb.name) "))
      for option in verb.options + Option.common { #expect(verb.helpText.contains(option.name)) }
      #expect(Set((verb.options + Option.common).map(\.name)).count == verb.options.count + Option.common.count)
    }
  }
}
