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

  /// Components that are looked at, those of links' targets with them: far more than any tree needs, so that none can
  /// be made to keep a search busy.
  private static let stepLimit = 1_024

  /// - Parameter path: relative to the root. Links to absolute paths in the tree are followed, too.
  static func resolve<Tree: BuildTree & ~Copyable>(
    _ path: [UInt8], in tree: borrowing Tree
  ) throws(ContextError) -> Result {
    var links: [[UInt8]] = []
    return try resolve(path, in: tree, links: &links)
  }

  /// - Parameter links: gets the paths of the links that were followed.
  static func resolve<Tree: BuildTree & ~Copyable>(
    _ path: [UInt8], in tree: borrowing Tree, links: inout [[UInt8]]
  ) throws(ContextError) -> Result {
    var resolved: [ArraySlice<UInt8>] = []
    var pending = Array(path.split(separator: LexicalPath.slash).reversed())
    var linkCount = 0
    var stepCount = 0
    while let component = pending.popLast() {
      if component.elementsEqual(".".utf8) { continue }
      if component.elementsEqual("..".utf8) {
        guard resolved.popLast() != nil else { return .missing }
        continue
      }
      guard resolved.reduce(component.count, { $0 + $1.count + 1 }) <= ContextLimits.path else { return .missing }
      let here = joined(resolved + [component])
      stepCount += 1
      guard stepCount <= stepLimit else { throw .unreadable(path: ContextPath.text(here), errno: ELOOP) }
      switch try tree.look(at: here) {
      case nil: return .missing
      case .symbolicLink(var target):
        linkCount += 1
        links.append(here)
        guard linkCount <= linkLimit else { throw .unreadable(path: ContextPath.text(here), errno: ELOOP) }
        if target.first == LexicalPath.slash {
          guard let inside = tree.pathInside(target) else { return .missing }
          resolved = []
          target = inside
        }
        pending += target.split(separator: LexicalPath.slash).reversed()
      case .directory:
        resolved.append(component)
      case .other:
        guard pending.isEmpty else { return .missing }
        resolved.append(component)
      }
    }
    return .resolved(joined(resolved))
  }

  private static func joined(_ components: [ArraySlice<UInt8>]) -> [UInt8] {
    Array(components.joined(separator: CollectionOfOne(LexicalPath.slash)))
  }
}
