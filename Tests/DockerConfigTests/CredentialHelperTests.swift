import Glibc
import Testing

@testable import DockerConfig

struct CredentialHelperTests {
  private static let answer = #"echo '{"ServerURL":"x","Username":"me","Secret":"secret"}'"#

  private let directory: ConfigDirectory

  init() throws { directory = try ConfigDirectory() }

  private func login(
    for registry: String = "r.example", path: String? = nil, within limit: Duration = .seconds(30)
  ) throws(DockerConfigError) -> RegistryLogin? {
    let environment = [
      "DOCKER_CONFIG": directory.path, "PATH": path ?? "\(directory.path)/bin:/usr/bin:/bin",
      "DIRECTORY": directory.path,
    ]
    return try RegistryLogins(environment: environment, home: nil, helperTimeLimit: limit).login(for: registry)
  }

  /// Makes the script the helper of every registry.
  private func keep(_ script: String) throws {
    try directory.write("config.json", #"{"credsStore":"test","auths":{"r.example":{"auth":"ZmlsZTpzZWNyZXQ="}}}"#)
    try directory.writeProgram("bin/docker-credential-test", script)
  }

  private func failure(_ failure: HelperFailure) -> DockerConfigError {
    .helperFailed(program: "docker-credential-test", failure)
  }

  @Test func helperIsAskedForTheKeyThatDockerUses() throws {
    try keep(#"printf '{"ServerURL":"","Username":"%s %s","Secret":"%s"}' "$1" "$#" "$(cat; echo .)""#)
    #expect(
      try login() == RegistryLogin(server: "r.example", username: "get 1", password: "r.example."))
    #expect(try login(for: "docker.io")?.password == "https://index.docker.io/v1/.")
  }

  @Test func helperOfTheRegistryGoesBeforeTheOneForAll() throws {
    try directory.write(
      "config.json",
      #"{"credsStore":"all","credHelpers":{"a.example":"one","b.example":"","https://index.docker.io/v1/":"one"},"#
        + #""auths":{"b.example":{"auth":"ZmlsZTpzZWNyZXQ="},"r.example":{"auth":"ZmlsZTpzZWNyZXQ="}}}"#)
    for name in ["all", "one"] {
      try directory.writeProgram(
        "bin/docker-credential-\(name)", #"echo '{"ServerURL":"","Username":"\#(name)","Secret":"s"}'"#)
    }
    #expect(try login(for: "r.example")?.username == "all")
    #expect(try login(for: "a.example")?.username == "one")
    #expect(try login(for: "docker.io")?.username == "one")
    #expect(try login(for: "b.example")?.username == "file")
  }

  @Test func tokensAreToldFromPasswords() throws {
    try keep(#"echo '{"ServerURL":"r.example","Username":"<token>","Secret":"it"}'"#)
    #expect(try login() == RegistryLogin(server: "r.example", identityToken: "it"))
  }

  @Test(arguments: [
    "echo 'credentials not found in native keychain'; exit 1",
    "printf ' credentials not found in native keychain\\r\\n'; exit 3",
    #"echo '{"ServerURL":"","Username":"","Secret":""}'"#,
  ])
  func noLoginIsNoneEvenWhereTheFileHasOne(script: String) throws {
    try keep(script)
    #expect(try login() == nil)
  }

  @Test(
    arguments: [
      ("printf 'the keychain\\nis \\033[1mlocked'; exit 2", .refused(status: 2, message: "the keychain is  [1mlocked")),
      ("exit 1", .refused(status: 1, message: "")),
      (
        "echo credentials not found in native keychain, or so; exit 1",
        .refused(status: 1, message: "credentials not found in native keychain, or so")
      ),
      ("kill -KILL $$", .killed(signal: SIGKILL)),
      ("", .unreadableAnswer), ("echo secret", .unreadableAnswer), ("echo '[]'", .unreadableAnswer),
      (#"echo '{"Username":"me"}'"#, .unreadableAnswer), (#"echo '{"Username":1,"Secret":"s"}'"#, .unreadableAnswer),
      ("head -c 65537 /dev/zero; exec sleep 60", .tooMuchOutput(limit: 65_536)),
      ("exec yes", .tooMuchOutput(limit: 65_536)),
      ("head -c 65536 /dev/zero", .unreadableAnswer),
    ] as [(String, HelperFailure)])
  func failuresAreToldApartAndNeverHideALogin(script: String, expected: HelperFailure) throws {
    try keep(script)
    #expect(throws: failure(expected)) { try login() }
    #expect(failure(expected).description.hasPrefix("docker-credential-test "))
  }

  @Test func messageIsBounded() throws {
    try keep("head -c 9999 /dev/zero | tr '\\0' x; exit 1")
    #expect(throws: failure(.refused(status: 1, message: String(repeating: "x", count: 512)))) { try login() }
  }

  @Test func slowHelperIsKilled() throws {
    try keep(#"echo $$ >"$DIRECTORY/pid"; exec sleep 60"#)
    let pid = try directory.write("pid", "")
    let limit = Duration.seconds(2)
    #expect(throws: failure(.timedOut(after: limit))) { try login(within: limit) }
    let file = try #require(fopen(pid, "r"))
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 32)
    let count = fread(&text, 1, text.count - 1, file)
    let id = try #require(
      pid_t(String(decoding: text[..<count].dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)))
    #expect(kill(id, 0) == -1)
    #expect(errno == ESRCH)
  }

  /// The other program keeps the output open until it is told to end.
  @Test func answerEndsWithTheHelperAndNotWithAProgramItLeavesBehind() throws {
    let fifo = try directory.writeFifo("gate")
    try keep("cat \"$DIRECTORY/gate\" </dev/null & \(Self.answer)")
    #expect(try login()?.username == "me")
    let gate = open(fifo, O_WRONLY | O_CLOEXEC)
    #expect(gate >= 0)
    close(gate)
  }

  @Test func helperMayCloseItsOutputBeforeItEnds() throws {
    try keep("\(Self.answer); exec >&-; sleep 0.1; exit 0")
    #expect(try login()?.username == "me")
  }

  @Test func helperIsLookedForInAbsoluteDirectoriesOfPATH() throws {
    try keep(Self.answer)
    try directory.write("none/docker-credential-test", "not a program")
    let bin = directory.path + "/bin"
    #expect(try login(path: "\(directory.path)/none:\(directory.path):\(bin)")?.username == "me")
    for path in ["", "/nonexistent", "..", String(bin.dropFirst()), "\(directory.path)/none"] {
      let error = DockerConfigError.helperNotFound(program: "docker-credential-test")
      #expect(throws: error) { try login(path: path) }
      #expect(error.description.contains("docker-credential-test, which is not in PATH"))
    }
  }

  @Test(arguments: ["../test", "a/b", "/bin/sh"])
  func namesThatLeadElsewhereAreRefused(name: String) throws {
    let file = try directory.write("config.json", #"{"credsStore":"\#(name)"}"#)
    #expect(throws: DockerConfigError.unusableHelper(name, file: file)) { try login() }
  }

  @Test func programThatCannotBeRunIsAFailure() throws {
    try keep("")
    try directory.writeProgram("bin/docker-credential-test", "", interpreter: "/nonexistent")
    #expect(throws: failure(.system(call: "posix_spawn", errno: ENOENT))) { try login() }
  }

  @Test func keysThatNoPipeHoldsAreAFailure() throws {
    try keep(Self.answer)
    #expect(throws: failure(.system(call: "write", errno: EMSGSIZE))) {
      try login(for: String(repeating: "r", count: 4097))
    }
  }
}
