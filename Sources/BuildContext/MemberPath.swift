/// The path of an archive's member, or of the one that a hard link names, as a path of a context.
struct MemberPath: Equatable {
  /// Of a name in a directory, in bytes: NAME_MAX of every file system that matters.
  static let nameLimit = 255

  /// None of them empty, `.` or `..`. None at all is the root.
  let components: [ArraySlice<UInt8>]
  /// Whether a slash stood at the end.
  let namesDirectory: Bool

  /// - Parameter bytes: as the archive has it. Components that are `.` do not count, nor do slashes at the end.
  init(_ bytes: [UInt8]) throws(ArchiveFault) {
    guard let first = bytes.first else { throw .emptyPath }
    guard first != LexicalPath.slash else { throw .absolutePath }
    guard !bytes.contains(0) else { throw .nulByte }
    var path = bytes[...]
    while path.last == LexicalPath.slash { path.removeLast() }
    namesDirectory = path.count < bytes.count
    var components: [ArraySlice<UInt8>] = []
    var length = -1
    for component in path.split(separator: LexicalPath.slash, omittingEmptySubsequences: false) {
      if component.isEmpty { throw .emptyComponent }
      if component.elementsEqual(".".utf8) { continue }
      if component.elementsEqual("..".utf8) { throw .parentPath }
      guard component.count <= Self.nameLimit else { throw .nameTooLong }
      components.append(component)
      length += component.count + 1
    }
    guard length <= ContextLimits.path else { throw .pathTooLong }
    self.components = components
  }
}
