internal import Glibc

/// A directory of the test's own under `/tmp`, mode 0700, removed with this object.
package final class TestDirectory: Sendable {
  package let path: String

  /// - Parameter parent: short, where sockets are to be made in the directory.
  package init(in parent: String = "/tmp") throws {
    var template = Array("\(parent)/sd-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ProgramFailure("mkdtemp in \(parent): errno \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { _ = try? RunningProgram.run(["rm", "-rf", "--one-file-system", path]) }

  /// The absolute path of a name in the directory.
  package func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  package func makeDirectory(_ name: String, mode: UInt32 = 0o755) throws -> String {
    guard mkdir(self(name), mode) == 0 || errno == EEXIST, chmod(self(name), mode) == 0 else {
      throw ProgramFailure("mkdir \(self(name)): errno \(errno)")
    }
    return self(name)
  }

  @discardableResult
  package func write(_ name: String, _ content: [UInt8], mode: UInt32 = 0o644) throws -> String {
    let descriptor = open(self(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw ProgramFailure("open \(self(name)): errno \(errno)") }
    defer { close(descriptor) }
    var rest = content[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw ProgramFailure("write \(self(name)): errno \(errno)") }
      rest = rest.dropFirst(count)
    }
    // The umask, and set-id bits that writing takes away.
    guard fchmod(descriptor, mode) == 0 else { throw ProgramFailure("chmod \(self(name)): errno \(errno)") }
    return self(name)
  }

  @discardableResult
  package func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws -> String {
    try write(name, Array(text.utf8), mode: mode)
  }

  /// A file of that size without content.
  @discardableResult
  package func writeSparse(_ name: String, bytes: Int) throws -> String {
    try write(name, [])
    guard truncate(self(name), bytes) == 0 else { throw ProgramFailure("truncate: errno \(errno)") }
    return self(name)
  }

  /// The names in a directory, sorted; none where there is no such directory.
  package static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
