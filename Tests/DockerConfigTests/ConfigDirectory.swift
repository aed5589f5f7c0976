import Glibc

@testable import DockerConfig

/// A docker configuration directory of the test's own, removed with everything in it at the end of its life.
final class ConfigDirectory {
  struct Failure: Error {
    let call: String
    let errno: Int32
  }

  let path: String
  /// What was made, outermost first.
  private var made: [String] = []

  init() throws {
    var template = Array("/tmp/swiftdock-config-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(call: "mkdtemp", errno: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for path in made.reversed() { remove(path) }
    rmdir(path)
  }

  /// Writes the file, with the directories above it, and returns its path.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    let file = try make(name)
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure(call: "open", errno: errno) }
    defer { close(descriptor) }
    made.append(file)
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw Failure(call: "write", errno: errno)
    }
    return file
  }

  /// Writes a shell script that can be run. Another process writes it: the system refuses to run a file that is open
  /// for writing, as one of this process may be for a moment in a program that another test starts.
  func writeProgram(_ name: String, _ script: String, interpreter: String = "/bin/sh") throws {
    let file = try make(name)
    made.append(file)
    var writer = try HelperRun(
      "/bin/sh", arguments: ["sh", "-c", #"cat >"$0" && chmod 755 "$0""#, file],
      environment: ["PATH": "/usr/bin:/bin"], input: Array("#!\(interpreter)\n\(script)\n".utf8))
    let result = try writer.finish(within: .seconds(30), outputLimit: 0)
    guard result.status == 0 else { throw Failure(call: "sh", errno: result.status) }
  }

  @discardableResult
  func writeFifo(_ name: String) throws -> String {
    let file = try make(name)
    guard mkfifo(file, 0o644) == 0 else { throw Failure(call: "mkfifo", errno: errno) }
    made.append(file)
    return file
  }

  /// Writes a context as `docker context create` does, except for the name of its directory.
  @discardableResult
  func writeContext(_ name: String, in directory: String, host: String) throws -> String {
    try write(
      "contexts/meta/\(directory)/meta.json",
      #"{"Name":"\#(name)","Metadata":{},"Endpoints":{"docker":{"Host":"\#(host)","SkipTLSVerify":false}}}"#)
  }

  private func make(_ name: String) throws -> String {
    var directory = path
    for component in name.split(separator: "/").dropLast() {
      directory += "/" + component
      if mkdir(directory, 0o755) == 0 {
        made.append(directory)
      } else if errno != EEXIST {
        throw Failure(call: "mkdir", errno: errno)
      }
    }
    return path + "/" + name
  }
}
