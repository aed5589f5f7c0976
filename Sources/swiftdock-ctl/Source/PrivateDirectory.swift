internal import Glibc

/// A directory of this process's own, mode 0700, below `TMPDIR` or `/tmp`. Goes with everything in it when this value
/// does, so that nothing may end the process before.
struct PrivateDirectory: ~Copyable {
  /// Absolute, without symbolic links.
  let path: String

  init() throws(ProgramError) {
    let given = LocalFile.environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var template = Array((try LocalFile.resolve(given) + "/swiftdock-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .local("Cannot make a directory in \(given): \(LocalFile.text(of: errno)).")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    if !Self.remove(path) {
      Output.messages.line("WARNING: \(path) could not be removed: \(LocalFile.text(of: errno)).")
    }
  }

  /// Removes a directory with its content; symbolic links are not followed, and directories without permissions are
  /// given them. False with `errno` where something is left.
  private static func remove(_ directory: String) -> Bool {
    chmod(directory, 0o700)
    guard let names = names(in: directory) else { return false }
    var failure: Int32?
    for name in names {
      let path = directory + "/" + name
      var info = stat()
      let isDirectory = lstat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
      if isDirectory ? !remove(path) : unlink(path) != 0 { failure = errno }
    }
    if rmdir(directory) == 0 { return true }
    errno = failure ?? errno
    return false
  }

  private static func names(in directory: String) -> [String]? {
    guard let stream = opendir(directory) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
