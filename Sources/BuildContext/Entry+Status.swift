extension Entry {
  init(_ place: TreePlace, status: FileStatus, content: Content, isSent: Bool = true, capability: [UInt8] = []) {
    self.init(
      isSent: isSent, parent: place.parent, name: Array(place.name)[...],
      mode: status.type == .symbolicLink ? 0o777 : status.permissions, modified: status.modified.seconds,
      content: content, capability: capability[...])
  }
}

extension Entry.Content {
  /// What a file is that holds no data of its own; `nil` for others.
  init?(_ status: FileStatus, at place: TreePlace, directory: Int32) throws(ContextError) {
    switch status.type {
    case .symbolicLink:
      let target = try SymbolicLink.target(of: Array(place.name)[...], in: directory, path: place.path)
      self = .symbolicLink(target: target[...])
    case .fifo: self = .fifo
    case .characterDevice: self = .characterDevice(major: status.majorNumber, minor: status.minorNumber)
    case .blockDevice: self = .blockDevice(major: status.majorNumber, minor: status.minorNumber)
    case .regular, .directory, .socket, nil: return nil
    }
  }
}
