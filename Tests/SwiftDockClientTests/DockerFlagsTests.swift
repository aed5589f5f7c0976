import Testing

@testable import swiftdock_ctl

struct DockerFlagsTests {
  private func parse(_ arguments: [String]) throws(ProgramError) -> ParsedArguments {
    try ParsedArguments(
      arguments, options: BuildVerb.options + Option.common, foreign: BuildVerb.foreignOptions)
  }

  @Test(
    arguments: [
      (["--secret", "id=x"], "session", "COPY"), (["--secret"], "session", "COPY"),
      (["--ssh=default"], "session", "clone"),
      (["--build-context", "a=b"], "session", "COPY --from"),
      (["--allow", "security.insecure"], "entitled", "--network"),
      (["--no-cache-filter", "s"], "all stages", "--build-arg"), (["--call=outline"], "only builds", "buildx"),
      (["--check"], "only builds", "buildx"), (["-o", "out"], "image in the Engine", "docker cp"),
      (["-oout"], "image in the Engine", "docker cp"),
      (["--output=type=tar,dest=x"], "image in the Engine", "docker save"),
      (["--output", "type=registry"], "image in the Engine", "--push"),
      (["--cache-to", "type=inline"], "cache to itself", "BUILDKIT_INLINE_CACHE=1"),
      (["--attest", "type=sbom"], "attestations", "leave it out"),
      (["--provenance=mode=max"], "attestations", "buildx"),
      (["--sbom", "true"], "attestations", "buildx"), (["--squash"], "experimental", "COPY --from"),
      (["--memory", "1g"], "without a word", "dockerd"), (["-m1g"], "without a word", "dockerd"),
      (["--memory-swap=-1"], "without a word", "dockerd"), (["--cpu-period", "1"], "without a word", "dockerd"),
      (["--cpu-quota", "1"], "without a word", "dockerd"), (["-c", "1"], "without a word", "dockerd"),
      (["--cpuset-cpus", "0"], "without a word", "dockerd"), (["--cpuset-mems", "0"], "without a word", "dockerd"),
      (["--cgroup-parent", "x"], "without a word", "dockerd"),
      (["--shm-size", "1g"], "without a word", "target=/dev/shm"),
      (["--ulimit", "nofile=1"], "without a word", "in the step"),
      (["--security-opt", "x"], "BuildKit has none", "--seccomp-profile"),
      (["--isolation", "hyperv"], "Windows", "leave it out"),
      (["--rm=false"], "--rm=false cannot be done", "always removed"),
      (["--disable-content-trust=false"], "not checked", "by digest"),
    ])
  func whatCannotWorkIsRefusedWithItsReasonAndTheWayRound(arguments: [String], reason: String, way: String) throws {
    let text = try #require(usage { () throws(ProgramError) in try parse(arguments + ["."]) })
    #expect(text.contains(" cannot be done: "))
    #expect(text.contains(reason), "\(text)")
    #expect(text.contains(way), "\(text)")
    #expect(!text.hasSuffix("."))
  }

  @Test(
    arguments: [
      ["--load"], ["--load=true"], ["--rm"], ["--rm=true"], ["--force-rm"], ["--force-rm=false"], ["--compress"],
      ["--disable-content-trust"], ["--disable-content-trust=true"], ["--provenance=false"], ["--provenance", "false"],
      ["--sbom=false"], ["--squash=false"], ["--check=false"], ["--call", "build"], ["-o", "type=docker"],
      ["--output=type=image"], ["--allow", "network.host"], ["--isolation", "default"], ["--memory", "0"],
    ])
  func whatHappensAnywayIsTakenWithoutAWord(arguments: [String]) throws {
    #expect(try parse(arguments + ["."]) == parse(["."]))
  }

  @Test func noOptionIsBothSupportedAndForeign() {
    let own = BuildVerb.options + Option.common
    let names = own.map(\.name) + own.compactMap(\.short)
    let foreign = DockerFlags.ofBuild.map(\.name) + DockerFlags.ofBuild.compactMap(\.short)
    #expect(Set(names + foreign).count == names.count + foreign.count)
    for name in foreign { #expect(!BuildVerb.helpText.contains(name + " ")) }
  }

  @Test func otherVerbsKnowThemNot() {
    for verb in VerbTable.all where verb.name != BuildVerb.name { #expect(verb.foreignOptions.isEmpty) }
  }
}

struct TimeSpanTests {
  @Test(arguments: [
    ("0", 0), ("90", 90_000), ("1m30s", 90_000), ("2h", 7_200_000), ("250ms", 250), ("1h1m1s1ms", 3_661_001),
    ("007s", 7_000), ("100000000000", 100_000_000_000_000),
  ])
  func isRead(text: String, milliseconds: Int) { #expect(TimeSpan.milliseconds(text) == milliseconds) }

  @Test(arguments: [
    "", "-1", "s", "1.5s", "1x", "1m30", "1 s", "٣s", "9223372036854775807", "99999999999999999999", "100000000001",
    "27777777h27777777h",
  ])
  func isRefused(text: String) { #expect(TimeSpan.milliseconds(text) == nil) }
}
