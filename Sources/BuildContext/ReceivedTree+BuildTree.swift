internal import Glibc

extension ReceivedTree: BuildTree {
  func look(at path: [UInt8]) -> TreeEntry? {
    guard let (entry, _) = entry(at: path) else { return nil }
    return switch entry.content {
    case .directory: .directory
    case .symbolicLink(let target): .symbolicLink(target: Array(target))
    case .file, .hardLink, .fifo, .characterDevice, .blockDevice: .other
    }
  }

  /// An archive lies nowhere, so that no absolute path can be in it.
  func pathInside(_ target: [UInt8]) -> [UInt8]? { nil }

  func read(_ path: [UInt8], limit: Int, tooLarge: ContextError) throws(ContextError) -> SmallFile {
    let shown = ContextPath.text(path)
    guard let (entry, offset) = entry(at: path) else { throw .unreadable(path: shown, errno: ENOENT) }
    guard case .file(let size, let digest) = entry.content else {
      throw .unreadable(path: shown, errno: entry.content == .directory ? EISDIR : EINVAL)
    }
    guard size <= limit else { throw tooLarge }
    let position = contents.position(of: offset)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(size), alignment: 1)
    defer { buffer.deallocate() }
    var count = 0
    while count < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
      count += try contents.read(at: position + Int64(count), into: rest, path: path)
    }
    let bytes = Array(buffer)
    guard try SHA256.digest(of: bytes) == digest else { throw .changed(path: shown) }
    return SmallFile(bytes: bytes, mode: entry.mode, modified: entry.modified)
  }
}
