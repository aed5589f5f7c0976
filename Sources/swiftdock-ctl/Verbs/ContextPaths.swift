/// The directory of a context and the Dockerfile in it, as the broker has to be told them.
struct ContextPaths: Equatable {
  /// Absolute, without symbolic links.
  let directory: String
  /// Relative to `directory`; nil where none was named.
  let dockerfile: String?

  /// - Parameters:
  ///   - directory: relative to the working directory, as `file`.
  ///   - file: has to be in the directory.
  init(directory: String, file: String?) throws(ProgramError) {
    self.directory = try LocalFile.resolve(directory)
    guard let file else {
      dockerfile = nil
      return
    }
    let slash = file.lastIndex(of: "/")
    let folder = slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
    let name = slash.map { String(file[file.index(after: $0)...]) } ?? file
    guard !name.isEmpty, name != ".", name != ".." else { throw .usage("--file \(file) is a directory") }
    func closed(_ path: String) -> String { path == "/" ? path : path + "/" }
    let resolved = closed(try LocalFile.resolve(folder))
    let root = closed(self.directory)
    guard resolved.utf8.starts(with: root.utf8) else {
      throw .usage("--file \(file) is not in the context \(self.directory)")
    }
    dockerfile = String(decoding: resolved.utf8.dropFirst(root.utf8.count), as: UTF8.self) + name
  }

  /// The Dockerfile as a path of this machine.
  var localDockerfile: String { directory + "/" + (dockerfile ?? "Dockerfile") }
}
