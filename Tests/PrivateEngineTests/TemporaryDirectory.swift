import Glibc

@testable import PrivateEngine

/// A directory of the test's own under a short path, removed with everything in it at the end of its life.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/sdpe-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp: errno \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    // A test that checks for leftovers has done so by now.
    do { try PrivateDirectory.remove(path) } catch { print("left behind: \(error)") }
  }

  @discardableResult
  func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
    let file = path + "/" + name
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw TestFailure("open \(file): errno \(errno)") }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw TestFailure("write \(file)") }
    return file
  }

  func makeDirectory(_ name: String) throws -> String {
    let directory = path + "/" + name
    guard mkdir(directory, 0o700) == 0 else { throw TestFailure("mkdir \(directory): errno \(errno)") }
    return directory
  }
}

struct TestFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

func exists(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) == 0
}
