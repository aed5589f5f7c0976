import Testing

@testable import DockerEngine

struct BuildFailureTests {
  private static let texts: [(String, FailureKind, String)] = [
    (
      "failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 2: unknown instruction: BOGUS",
      FailureKind.dockerfile, "dockerfile parse error line 2: unknown instruction: BOGUS"
    ),
    (
      "failed to solve: dockerfile parse error on line 12: unknown instruction: no space left on device", .dockerfile,
      "dockerfile parse error on line 12: unknown instruction: no space left on device"
    ),
    (
      "dockerfile parse error line 2: unknown instruction: BOGUS", .dockerfile,
      "dockerfile parse error line 2: unknown instruction: BOGUS"
    ),
    ("failed to reach build target nope in Dockerfile", .dockerfile, "failed to reach build target nope in Dockerfile"),
    (
      "The target \"nope\" was not found in the provided Dockerfile\n", .dockerfile,
      "The target \"nope\" was not found in the provided Dockerfile"
    ),
    (
      "building at STEP \"BOGUS \": Build error: Unknown instruction: \"BOGUS\" &imagebuilder.Step{Env:[]string{}}",
      .dockerfile, "building at STEP \"BOGUS \": Build error: Unknown instruction: \"BOGUS\""
    ),
    (
      "failed to solve: target stage \"nope\" could not be found", .dockerfile,
      "target stage \"nope\" could not be found"
    ),
    (
      "failed to solve with frontend dockerfile.v0: failed to read dockerfile: open /tmp/x/D: no such file or directory",
      .dockerfileNotFound, "failed to read dockerfile: open /tmp/x/D: no such file or directory"
    ),
    ("Cannot locate specified Dockerfile: D", .dockerfileNotFound, "Cannot locate specified Dockerfile: D"),
    ("failed to compute cache key: \"/nope\" not found: not found", .engine, "\"/nope\" not found"),
    (
      "failed to solve: failed to compute cache key: failed to calculate checksum of ref abc::def: \"/nope\": not found",
      .engine, "\"/nope\": not found"
    ),
    (
      "executor failed running [/bin/sh -c echo unauthorized: no such image; exit 7]: exit code: 7", .step,
      "executor failed running [/bin/sh -c echo unauthorized: no such image; exit 7]: exit code: 7"
    ),
    (
      "process \"/bin/sh -c false\" did not complete successfully: exit code: 1", .step,
      "process \"/bin/sh -c false\" did not complete successfully: exit code: 1"
    ),
    (
      "error building at STEP \"RUN exit 7\": error while running runtime: exit status 7\n", .step,
      "error building at STEP \"RUN exit 7\": error while running runtime: exit status 7"
    ),
    ("write /x: no space left on device", .diskFull, "write /x: no space left on device"),
    ("context canceled", .cancelled, "context canceled"), ("Build cancelled", .cancelled, "Build cancelled"),
    ("no active sessions", .sessionRequired, "no active sessions"),
    (
      "failed to solve with frontend dockerfile.v0: failed to create LLB definition: failed to authorize: rpc error: code = Unknown desc = no active sessions",
      .authRequired, "failed to authorize: rpc error: code = Unknown desc = no active sessions"
    ),
    ("rpc error: code = Unknown desc = failed to solve: context canceled", .cancelled, "context canceled"),
    (
      "manifest for alpine:nope not found: manifest unknown: manifest unknown", .imageNotFound,
      "manifest for alpine:nope not found: manifest unknown: manifest unknown"
    ),
    (
      "pull access denied for nope, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      .imageNotFound,
      "pull access denied for nope, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
    ),
    ("docker.io/library/alpine:nope: not found", .imageNotFound, "docker.io/library/alpine:nope: not found"),
    (
      "Get \"http://r/v2/\": no basic auth credentials", .authRequired,
      "Get \"http://r/v2/\": no basic auth credentials"
    ),
    ("unauthorized: incorrect username or password", .authRequired, "unauthorized: incorrect username or password"),
    (
      "Get \"https://r/v2/\": dial tcp 127.0.0.1:1: connect: connection refused", .registry,
      "Get \"https://r/v2/\": dial tcp 127.0.0.1:1: connect: connection refused"
    ),
    (
      "Error processing tar file(exit status 1): unexpected EOF", .contextInvalid,
      "Error processing tar file(exit status 1): unexpected EOF"
    ),
    ("network mode \"bridge\" not supported by buildkit", .option, "network mode \"bridge\" not supported by buildkit"),
    ("what nobody has seen", .engine, "what nobody has seen"), ("", .engine, "the Engine failed and gave no reason"),
    ("failed to solve", .engine, "failed to solve"),
  ]

  @Test(arguments: texts)
  func textsAreRead(text: String, kind: FailureKind, message: String) {
    let failure = BuildFailure(engineText: text)
    #expect(failure.kind == kind)
    #expect(failure.message == message)
  }

  @Test func wrappingsAreKeptOutermostFirst() {
    let failure = BuildFailure(
      engineText:
        "failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 2: x"
    )
    #expect(failure.causes == ["failed to solve with frontend dockerfile.v0", "failed to create LLB definition"])
    #expect(failure.dockerfileLine == 2)
    #expect(BuildFailure(engineText: "failed to solve: dockerfile parse error on line 31: x").dockerfileLine == 31)
  }

  @Test(
    arguments: [
      ("x exit code: 7", 7), ("The command 'a' returned a non-zero code: 137", 137), ("x: exit status 3\n", 3),
      ("exit code: ", nil), ("there are 7", nil), ("exit code: 99999999999999999999", nil),
    ] as [(String, Int?)])
  func exitStatusIsReadFromTheEnd(text: String, code: Int?) {
    #expect(BuildFailure(engineText: text).exitCode == code)
  }

  @Test func refusalWithoutATextNamesItsStatus() {
    let failure = BuildFailure(engineText: "\n", status: 500)
    #expect(failure.kind == .engine)
    #expect(failure.message == "the Engine refused with status 500 and gave no reason")
  }

  @Test func refusedOptionIsOne() {
    let failure = BuildFailure(engineText: "\"linux/x/y/z\": unknown platform", status: 400)
    #expect(failure.kind == .option)
    #expect(failure.status == 400)
  }

  @Test func textIsBounded() {
    let failure = BuildFailure(engineText: String(repeating: "é", count: EngineText.limit))
    #expect(failure.message.utf8.count <= EngineText.limit + 3)
    #expect(!failure.message.contains("\u{FFFD}"))
  }
}
