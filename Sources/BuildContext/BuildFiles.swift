internal import Glibc

/// The files of a context that say how to build: where they are and what the ignore file holds.
struct BuildFiles {
  /// Free of symbolic links, and UTF-8, as requests to an engine have to name it.
  let dockerfile: [UInt8]
  let ignoreFile: String?
  private let ignoreFileBytes: [UInt8]

  init(locating source: ContextSource, in root: borrowing RootDirectory) throws(ContextError) {
    let (given, resolved) = try Self.locateDockerfile(source, in: root)
    dockerfile = resolved
    guard String(validating: resolved, as: UTF8.self) != nil else {
      throw .unreadable(path: ContextPath.text(resolved), errno: EILSEQ)
    }
    _ = try Self.openRegular(resolved, in: root)

    let general = Array(".dockerignore".utf8)
    let candidates = source.walker == .buildKit ? [given + general, general] : [general]
    for candidate in candidates {
      guard case .resolved(let path) = try LinkResolution.resolve(candidate, in: root, rootPath: source.root) else {
        continue
      }
      ignoreFile = ContextPath.text(candidate)
      ignoreFileBytes = try Self.read(path, in: root)
      return
    }
    ignoreFile = nil
    ignoreFileBytes = []
  }

  /// The classic builder also gets its ignore file in any case, as it looks for it in the archive. Both get the
  /// Dockerfile.
  func rules(for walker: ContextWalker) throws(ContextError) -> IgnoreRules {
    let alwaysSent = walker == .classic ? [dockerfile, Array(".dockerignore".utf8)] : [dockerfile]
    guard let ignoreFile else { return IgnoreRules.none }
    do throws(IgnoreFileError) {
      return try IgnoreRules(IgnoreFile(reading: ignoreFileBytes), alwaysSent: alwaysSent)
    } catch {
      throw ContextError(error, path: ignoreFile)
    }
  }

  /// - Returns: the path that was asked for, cleaned, and where it leads.
  private static func locateDockerfile(
    _ source: ContextSource, in root: borrowing RootDirectory
  ) throws(ContextError) -> (given: [UInt8], resolved: [UInt8]) {
    let names = source.dockerfile.map { [$0] } ?? ["Dockerfile", "dockerfile"]
    for name in names {
      let given = LexicalPath.clean(Array(name.utf8))
      guard !name.isEmpty, given.first != LexicalPath.slash, !given.contains(0) else { break }
      switch try LinkResolution.resolve(given, in: root, rootPath: source.root) {
      case .resolved(let path) where !path.isEmpty: return (given, path)
      case .resolved: throw .unreadable(path: ".", errno: EISDIR)
      case .missing: continue
      }
    }
    throw .dockerfileNotFound(path: names[0])
  }

  /// Never waits for the writer of a fifo.
  private static func openRegular(
    _ path: [UInt8], in root: borrowing RootDirectory
  ) throws(ContextError) -> OpenFile {
    let file = try root.openFile(path)
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: file.raw) } catch { throw error.at(path) }
    guard status.type == .regular else {
      throw .unreadable(path: ContextPath.text(path), errno: status.type == .directory ? EISDIR : EINVAL)
    }
    return OpenFile(descriptor: file, size: status.size)
  }

  private struct OpenFile: ~Copyable {
    let descriptor: OwnedDescriptor
    let size: Int64
  }

  private static func read(_ path: [UInt8], in root: borrowing RootDirectory) throws(ContextError) -> [UInt8] {
    let file = try openRegular(path, in: root)
    let limit = ContextLimits.ignoreFile
    guard file.size <= limit else { throw .ignoreFileTooLarge(path: ContextPath.text(path), limitBytes: limit) }
    var reader = try FileReader()
    var bytes: [UInt8]? = []
    _ = try reader.digest(of: file.descriptor.raw, size: file.size, path: path[...], copy: &bytes) { false }
    return bytes ?? []
  }
}
