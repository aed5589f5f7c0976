internal import Glibc

extension RootDirectory: BuildTree {
  func look(at path: [UInt8]) throws(ContextError) -> TreeEntry? {
    let nameStart = path.lastIndex(of: LexicalPath.slash).map { $0 + 1 } ?? 0
    let name = path[nameStart...]
    let parent = try openDirectory(path[..<max(nameStart - 1, 0)])
    let status: FileStatus
    do throws(SystemError) {
      status = try FileStatus(of: name, in: parent.raw)
    } catch {
      // A Dockerfile's name may be too long to have one of an ignore file beside it.
      if [ENOENT, ENAMETOOLONG].contains(error.errno) { return nil }
      throw error.at(path)
    }
    return switch status.type {
    case .symbolicLink: .symbolicLink(target: try SymbolicLink.target(of: name, in: parent.raw, path: path))
    case .directory: .directory
    default: .other
    }
  }

  /// The root has its own path, as it was given, and the one without symbolic links.
  func pathInside(_ target: [UInt8]) -> [UInt8]? {
    var names = [Array(path.utf8)]
    if let real = realpath(path, nil) {
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

  func read(_ path: [UInt8], limit: Int, tooLarge: ContextError) throws(ContextError) -> SmallFile {
    let (file, _) = try readMeasuring(path, limit: limit, tooLarge: tooLarge)
    return SmallFile(bytes: file.bytes, mode: file.status.permissions, modified: file.status.modified.seconds)
  }

  /// - Returns: the digest of the bytes, too.
  func readMeasuring(
    _ path: [UInt8], limit: Int, tooLarge: ContextError
  ) throws(ContextError) -> (file: (bytes: [UInt8], status: FileStatus), digest: ContextDigest) {
    let file = try openRegularFile(path)
    guard file.status.size <= limit else { throw tooLarge }
    var reader = try FileReader()
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(max(file.status.size, 0)), alignment: 1)
    defer { memory.deallocate() }
    let digest: ContextDigest
    do throws(FileReader.Failure) {
      digest = try reader.digest(of: file.descriptor.raw, into: memory) { false }
    } catch { throw error.at(path) }
    return ((Array(memory), file.status), digest)
  }
}
