extension Entry {
  init(_ place: TreePlace, status: FileStatus, content: Content, isSent: Bool = true, capability: [UInt8] = []) {
    self.init(
      isSent: isSent, parent: place.parent, name: place.name,
      mode: status.type == .symbolicLink ? 0o777 : status.permissions, modified: status.modified.seconds,
      content: content, capability: capability[...])
  }
}

extension Entry.Content {
  /// What a file is that holds no data of its own; `nil` for others.
  init?(
    _ status: FileStatus, name: ArraySlice<UInt8>, directory: Int32, path: ArraySlice<UInt8>
  ) throws(ContextError) {
    switch status.type {
    case .symbolicLink:
      self = .symbolicLink(target: try SymbolicLink.target(of: name, in: directory, path: path)[...])
    case .fifo: self = .fifo
    case .characterDevice: self = .characterDevice(major: status.majorNumber, minor: status.minorNumber)
    case .blockDevice: self = .blockDevice(major: status.majorNumber, minor: status.minorNumber)
    case .regular, .directory, .socket, nil: return nil
    }
  }
}
