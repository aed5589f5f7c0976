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

  /// The size of the contents of a file or directory whose header surely is one block, without making the header; nil
  /// for others, and where that takes a closer look.
  static func plainSize(of entry: borrowing Entry, path: [UInt8]) -> Int64? {
    guard path.count < nameLimit, entry.capability.isEmpty, (0..<octalLimit).contains(entry.modified), isASCII(path)
    else { return nil }
    switch entry.content {
    case .directory: return 0
    case .file(let size, _): return size < octalLimit ? size : nil
    case .symbolicLink, .hardLink, .fifo, .characterDevice, .blockDevice: return nil
    }
  }
}
