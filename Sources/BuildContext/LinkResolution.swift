internal import Glibc

/// Follows the symbolic links in a path that stays inside of a context, as the docker client does for a Dockerfile.
enum LinkResolution {
  enum Result: Equatable {
    /// Free of symbolic links.
    case resolved([UInt8])
    /// Something on the way does not exist, or lies outside.
    case missing
  }

  /// As the kernel's own limit (path_resolution(7)).
  private static let linkLimit = 40

  /// - Parameters:
  ///   - path: relative to the root.
  ///   - rootPath: of the root, as it was given; links to absolute paths below it are followed.
  static func resolve(
    _ path: [UInt8], in root: borrowing RootDirectory, rootPath: String
  ) throws(ContextError) -> Result {
    var resolved: [ArraySlice<UInt8>] = []
    var pending = Array(path.split(separator: LexicalPath.slash).reversed())
    var linkCount = 0
    while let component = pending.popLast() {
      if component.elementsEqual(".".utf8) { continue }
      if component.elementsEqual("..".utf8) {
        guard resolved.popLast() != nil else { return .missing }
        continue
      }
      guard resolved.reduce(component.count, { $0 + $1.count + 1 }) <= ContextLimits.path else { return .missing }
      let name = ContextPath.terminated(component)
      let parent = try root.openDirectory(joined(resolved))
      let status: FileStatus
      do throws(SystemError) {
        status = try FileStatus(of: name, in: parent.raw)
      } catch {
        if error.errno == ENOENT { return .missing }
        throw error.at(joined(resolved + [component]))
      }
      switch status.type {
      case .symbolicLink:
        linkCount += 1
        let here = joined(resolved + [component])
        guard linkCount <= linkLimit else { throw .unreadable(path: ContextPath.text(here), errno: ELOOP) }
        var target = try SymbolicLink.target(of: name, in: parent.raw, path: here)
        if target.first == LexicalPath.slash {
          guard let inside = relative(target, to: rootPath) else { return .missing }
          resolved = []
          target = inside
        }
        pending += target.split(separator: LexicalPath.slash).reversed()
      case .directory:
        resolved.append(component)
      default:
        guard pending.isEmpty else { return .missing }
        resolved.append(component)
      }
    }
    return .resolved(joined(resolved))
  }

  private static func joined(_ components: [ArraySlice<UInt8>]) -> [UInt8] {
    Array(components.joined(separator: CollectionOfOne(LexicalPath.slash)))
  }

  /// The part of an absolute path that lies below the root, under either of the root's own names.
  private static func relative(_ target: [UInt8], to rootPath: String) -> [UInt8]? {
    var names = [Array(rootPath.utf8)]
    if let real = realpath(rootPath, nil) {
      names.append(UnsafeBufferPointer(start: real, count: strlen(real)).map { UInt8(bitPattern: $0) })
      free(real)
    }
    let target = LexicalPath.clean(target)
    for name in names.map(LexicalPath.clean) {
      let prefix = name.last == LexicalPath.slash ? name : name + [LexicalPath.slash]
      if target.starts(with: prefix) { return Array(target[prefix.count...]) }
    }
    return nil
  }
}
