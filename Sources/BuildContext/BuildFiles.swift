internal import Glibc

/// The files of a context that say how to build: where they are and what the ignore file holds.
struct BuildFiles: Sendable {
  /// Path in the archive. Free of symbolic links, and UTF-8, as requests to an engine have to name it.
  let dockerfile: [UInt8]
  let added: AddedFiles
  let ignoreFile: FoundIgnoreFile?
  /// The classic builder also gets its ignore file in any case, as it looks for it in the archive. Both get the
  /// Dockerfile.
  private let alwaysSent: [[UInt8]]

  init(
    locating dockerfile: ContextSource.Dockerfile, in root: borrowing RootDirectory, for walker: ContextWalker
  ) throws(ContextError) {
    let general = FoundIgnoreFile.generalName
    let ownIgnoreFile = walker == .classic ? [general] : []
    switch dockerfile {
    case .file(let path):
      let (given, resolved) = try Self.locateDockerfile(path, in: root)
      _ = try root.openRegularFile(resolved)
      self.dockerfile = resolved
      let candidates = walker == .buildKit ? [given + general, general] : [general]
      ignoreFile = try FoundIgnoreFile(among: candidates, in: root)
      added = .none
      alwaysSent = [resolved] + ownIgnoreFile
    case .text(let text):
      let file = try AddedFile.dockerfile(text)
      self.dockerfile = file.name
      ignoreFile = try FoundIgnoreFile(among: [general], in: root)
      added = try AddedFiles(dockerfile: file, ignoreFile: ignoreFile, for: walker)
      alwaysSent = ownIgnoreFile
    }
  }

  /// In an archive, where no ignore file has any effect; but for the classic builder one hides a text.
  init(
    locating dockerfile: ContextSource.Dockerfile, in tree: ReceivedTree, for walker: ContextWalker
  ) throws(ContextError) {
    ignoreFile = nil
    alwaysSent = []
    switch dockerfile {
    case .file(let path):
      self.dockerfile = try Self.locateDockerfile(path, in: tree).resolved
      added = .none
    case .text(let text):
      let file = try AddedFile.dockerfile(text)
      self.dockerfile = file.name
      let own = walker == .classic ? try FoundIgnoreFile(among: [FoundIgnoreFile.generalName], in: tree) : nil
      added = try AddedFiles(dockerfile: file, ignoreFile: own, for: walker)
    }
  }

  /// A context without a tree.
  init(dockerfileText text: [UInt8], for walker: ContextWalker) throws(ContextError) {
    let file = try AddedFile.dockerfile(text)
    dockerfile = file.name
    ignoreFile = nil
    added = try AddedFiles(dockerfile: file, ignoreFile: nil, for: walker)
    alwaysSent = []
  }

  /// Path of the ignore file, for people.
  var ignoreFilePath: String? { ignoreFile.map { ContextPath.text($0.path) } }

  func rules() throws(ContextError) -> IgnoreRules {
    guard let ignoreFile else { return IgnoreRules.none }
    do throws(IgnoreFileError) {
      return try IgnoreRules(IgnoreFile(reading: ignoreFile.file.bytes), alwaysSent: alwaysSent)
    } catch {
      throw ContextError(error, path: ContextPath.text(ignoreFile.path))
    }
  }

  /// - Returns: the path that was asked for, cleaned, and where it leads.
  private static func locateDockerfile<Tree: BuildTree & ~Copyable>(
    _ path: String?, in tree: borrowing Tree
  ) throws(ContextError) -> (given: [UInt8], resolved: [UInt8]) {
    let names = path.map { [$0] } ?? ["Dockerfile", "dockerfile"]
    for name in names {
      let given = LexicalPath.clean(Array(name.utf8))
      guard !name.isEmpty, given.first != LexicalPath.slash, !given.contains(0) else { break }
      switch try LinkResolution.resolve(given, in: tree) {
      case .resolved(let path) where !path.isEmpty:
        guard String(validating: path, as: UTF8.self) != nil else {
          throw .unreadable(path: ContextPath.text(path), errno: EILSEQ)
        }
        return (given, path)
      case .resolved: throw .unreadable(path: ".", errno: EISDIR)
      case .missing: continue
      }
    }
    throw .dockerfileNotFound(path: names[0])
  }
}
