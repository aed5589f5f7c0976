/// An ignore file of a tree, as it was read.
struct FoundIgnoreFile {
  /// Where builders look first or only.
  static let generalName = Array(".dockerignore".utf8)

  /// As it was looked for, links not resolved.
  let path: [UInt8]
  let bytes: [UInt8]
  /// Of the file that was read, where a link leads to it.
  let status: FileStatus

  /// Nothing if none of the paths leads to something in the context.
  /// - Parameter paths: the first that does counts.
  init?(
    among paths: [[UInt8]], in root: borrowing RootDirectory, rootPath: String
  ) throws(ContextError) {
    for path in paths {
      guard case .resolved(let resolved) = try LinkResolution.resolve(path, in: root, rootPath: rootPath) else {
        continue
      }
      let file = try root.openRegularFile(resolved)
      let limit = ContextLimits.ignoreFile
      guard file.status.size <= limit else {
        throw .ignoreFileTooLarge(path: ContextPath.text(resolved), limitBytes: limit)
      }
      var reader = try FileReader()
      var bytes: [UInt8]? = []
      _ = try reader.digest(
        of: file.descriptor.raw, size: file.status.size, path: resolved[...], copy: &bytes
      ) { false }
      self.path = path
      self.bytes = bytes ?? []
      status = file.status
      return
    }
    return nil
  }
}
