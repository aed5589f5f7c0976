extension TarHeader {
  /// - Parameters:
  ///   - path: of the entry.
  ///   - firstName: the path of the entry that a hard link names.
  init(_ entry: Entry, path: [UInt8], firstName: [UInt8]) {
    let type: MemberType =
      switch entry.content {
      case .directory: .directory
      case .file: .regular
      case .symbolicLink: .symbolicLink
      case .hardLink: .hardLink
      case .fifo: .fifo
      case .characterDevice: .characterDevice
      case .blockDevice: .blockDevice
      }
    self.init(
      type: type, name: type == .directory ? path + [LexicalPath.slash] : path, mode: entry.mode,
      modified: entry.modified, capability: Array(entry.capability))
    switch entry.content {
    case .file(let size, _): self.size = size
    case .symbolicLink(let target): linkName = Array(target)
    case .hardLink: linkName = firstName
    case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
      deviceMajor = major
      deviceMinor = minor
    case .directory, .fifo: break
    }
  }

  /// Whether the header of a file or directory without a capability surely is one block. False where that takes a closer
  /// look.
  static func isPlain(size: Int64, modified: Int64, path: [UInt8]) -> Bool {
    path.count < nameLimit && size < octalLimit && (0..<octalLimit).contains(modified) && isASCII(path)
  }
}
