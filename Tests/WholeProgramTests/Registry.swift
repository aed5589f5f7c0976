import JSON
import SwiftDockTestSupport

/// Debian's `docker-registry` on a loopback port, which Engines use without TLS.
final class Registry {
  static let isInstalled = RunningProgram.exists("docker-registry")
  static let user = "user"
  static let password = "secret"
  /// Of `user:secret`, as `htpasswd -nbB` writes it.
  private static let passwords = "user:$2y$05$0FBHME8VjZ38zRx3EJWdbepXpFketgnLH2LBqyLfGGWq1/mrNnKJi\n"

  /// `127.0.0.1:PORT`
  let host: String
  private let place: TestDirectory
  private let program: RunningProgram
  private let needsLogin: Bool

  init(needsLogin: Bool = false) throws {
    place = try TestDirectory()
    self.needsLogin = needsLogin
    let passwords = try place.write("htpasswd", Self.passwords)
    var settings: JSONObject = [
      "version": "0.1", "storage": ["filesystem": ["rootdirectory": .string(place("data"))]],
      "http": ["addr": "127.0.0.1:0"],
    ]
    if needsLogin { settings["auth"] = ["htpasswd": ["realm": "tests", "path": .string(passwords)]] }
    // JSON is YAML.
    let file = try place.write("config.yml", JSONWriter.bytes(of: .object(settings)))
    program = try RunningProgram(["docker-registry", "serve", file])
    let pattern = /listening on (127\.0\.0\.1:\d+)/
    let program = program
    try program.wait("address") { program.errors.contains(pattern) }
    guard let address = program.errors.firstMatch(of: pattern) else { throw ProgramFailure(program.errors) }
    host = String(address.1)
  }

  /// Makes an image whose file `/word` holds a word, pushes it, and takes it out of the Engine.
  func push(_ name: String, word: String) throws {
    let login: JSONObject = ["auth": .string("dXNlcjpzZWNyZXQ=")]
    let config: JSONObject = ["auths": .object(needsLogin ? [host: .object(login)] : [:])]
    let docker = try Docker(config: String(decoding: JSONWriter.bytes(of: .object(config)), as: UTF8.self))
    let tree = try ContextTree(steps: "COPY word /")
    try tree.directory.write("word", word)
    try docker.output("build", "--tag", "\(host)/\(name)", tree.path)
    try docker.output("push", "\(host)/\(name)")
    try docker.output("rmi", "--no-prune", "\(host)/\(name)")
  }
}
