import SwiftDockTestSupport

/// Debian's docker-registry on a loopback port that the system chooses, to which Engines speak without TLS. Its images
/// are gone with this object.
final class LiveRegistry {
  static let program = "docker-registry"

  /// `127.0.0.1:PORT`
  let address: String
  private let directory: TestDirectory
  private let process: RunningProgram

  /// - Parameters:
  ///   - login: what it wants; nil: nothing.
  ///   - isReadOnly: refuses every push that gets so far.
  init(login: (username: String, password: String)? = nil, isReadOnly: Bool = false) throws {
    directory = try TestDirectory()
    try directory.makeDirectory("data")
    var configuration = """
      version: 0.1
      http: {addr: "127.0.0.1:0"}
      storage:
        filesystem: {rootdirectory: "\(directory("data"))"}
        maintenance: {readonly: {enabled: \(isReadOnly)}}

      """
    if let login {
      let file = try directory.write(
        "htpasswd", RunningProgram.output(of: ["htpasswd", "-Bbn", login.username, login.password]))
      configuration += "auth: {htpasswd: {realm: test, path: \"\(file)\"}}\n"
    }
    let process = try RunningProgram([Self.program, "serve", directory.write("config.yml", configuration)])
    self.process = process
    try process.wait("address") { Self.address(in: process.errors) != nil }
    guard let address = Self.address(in: process.errors) else { throw ProgramFailure("no address") }
    self.address = address
  }

  /// Of the line `… msg="listening on 127.0.0.1:PORT" …`.
  private static func address(in log: String) -> String? {
    for word in log.split(whereSeparator: { $0 == "\"" || $0 == "\n" }) where word.hasPrefix("listening on ") {
      let address = word.dropFirst("listening on ".count)
      if log[word.endIndex...].hasPrefix("\"") { return String(address) }
    }
    return nil
  }
}
