import SwiftDockTestSupport

/// Docker's own client, with settings of nobody's but a directory of its own.
final class Docker {
  private let settings: TestDirectory
  private let environment: [String: String]

  /// - Parameter config: the text of its `config.json`.
  init(engine: String = Setting.engine, config: String = "{}") throws {
    settings = try TestDirectory()
    try settings.write("config.json", config, mode: 0o600)
    environment = [
      "DOCKER_HOST": engine, "DOCKER_CONFIG": settings.path, "DOCKER_BUILDKIT": "0", "HOME": settings.path,
    ]
  }

  static let isInstalled = RunningProgram.exists("docker")

  func run(_ arguments: String...) throws -> RunningProgram.Result {
    try RunningProgram.run(["docker"] + arguments, environment: environment)
  }

  /// What a command that has to succeed prints, without white space at its end.
  @discardableResult
  func output(_ arguments: String...) throws -> String {
    let text = try RunningProgram.output(of: ["docker"] + arguments, environment: environment)
    return String(text.reversed().drop { $0.isWhitespace }.reversed())
  }

  /// Those containers that the classic builder has told of in a log and that are still there.
  func containers(namedIn log: String) throws -> [String] {
    try log.matches(of: /Running in ([0-9a-f]{12})/).map { String($0.1) }.filter { id in
      try run("container", "inspect", id).exit == .code(0)
    }
  }

  /// The files of an image: for each a line of name, type, mode, owner, group, size and link's target, then the hashes
  /// of all files' contents. Sizes of directories and times are left out.
  func listing(of image: String, in place: TestDirectory) throws -> [String] {
    let root = try place.makeDirectory("files-\(UInt32.random(in: 0 ... .max))")
    let container = try output("create", "--network", "none", image, "none")
    try output("export", "--output", root + ".tar", container)
    try output("rm", container)
    let text = try RunningProgram.output(of: [
      "sh", "-ec",
      """
      cd "$1"
      tar --extract --preserve-permissions --same-owner --numeric-owner --file "$1.tar"
      find . -type d -printf '%P %y %m %U:%G\\n' -o -printf '%P %y %m %U:%G %s %l\\n' | LC_ALL=C sort
      find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
      """, "sh", root,
    ])
    return text.split(separator: "\n").map(String.init)
  }
}
