internal import Glibc

/// The directory of a context and the Dockerfile in it, as the broker has to be told them.
struct ContextPaths: Equatable {
  enum Place: Equatable {
    /// Relative to the context; the folder without symbolic links.
    case inside(String)
    /// Or a symbolic link to something outside.
    case outside
  }

  /// Absolute, without symbolic links.
  let directory: String
  /// Relative to `directory`; nil where none was named.
  let dockerfile: String?

  /// - Parameter directory: absolute, without symbolic links.
  init(directory: String, dockerfile: String?) {
    self.directory = directory
    self.dockerfile = dockerfile
  }

  /// - Parameters:
  ///   - file: relative to the working directory. Only the folder it is in has to be there.
  ///   - directory: absolute, without symbolic links.
  static func place(of file: String, in directory: String) throws(ProgramError) -> Place {
    let slash = file.lastIndex(of: "/")
    let folder = slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
    let name = slash.map { String(file[file.index(after: $0)...]) } ?? file
    guard !name.isEmpty, name != ".", name != ".." else { throw .usage("--file \(file) is a directory") }
    let root = closed(directory)
    let path = closed(try LocalFile.resolve(folder)) + name
    // What is not there at all is the broker's to report.
    let target = LocalFile.target(of: path) ?? path
    guard path.utf8.starts(with: root.utf8), target.utf8.starts(with: root.utf8) else { return .outside }
    return .inside(String(decoding: path.utf8.dropFirst(root.utf8.count), as: UTF8.self))
  }

  private static func closed(_ directory: String) -> String { directory == "/" ? directory : directory + "/" }

  /// The Dockerfile as a path of this machine. As the builders do it, `dockerfile` is taken where none was named and
  /// there is no `Dockerfile`.
  var localDockerfile: String {
    let given = directory + "/" + (dockerfile ?? "Dockerfile")
    guard dockerfile == nil, access(given, F_OK) != 0 else { return given }
    return directory + "/dockerfile"
  }
}
