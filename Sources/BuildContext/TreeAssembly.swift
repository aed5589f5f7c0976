/// The tree that an archive makes as its members arrive, in any order: what would be on disk, had it been unpacked.
/// Takes some 100 bytes for each, and the name or, of a symbolic link, name and target.
struct TreeAssembly {
  /// A name in a directory.
  struct Node {
    /// Always a lower number; -1 for the root and for what something else took the place of.
    var parent: Int32
    /// Index of what has this name; several do for hard links.
    var file: Int32
    /// Where the name begins, in `names`: one byte of length, then the bytes.
    var name: Int
  }

  enum Kind: UInt8 {
    /// A directory of which only something below it has been seen.
    case impliedDirectory
    case directory, regular, symbolicLink, fifo

    var isDirectory: Bool { self == .directory || self == .impliedDirectory }
  }

  struct File {
    var kind: Kind
    var mode: UInt16
    /// Seconds since 1970.
    var modified: Int64
    /// Of a regular file where its contents begin in the store, of a symbolic link where its target does in `names`.
    var position: Int64 = 0
    /// Of the contents or the target.
    var size: Int64 = 0
    var digest = ContextDigest.unknown
  }

  static let root: Int32 = 0

  private(set) var nodes = [Node(parent: -1, file: 0, name: 0)]
  private(set) var files = [File(kind: .directory, mode: 0o755, modified: 0)]
  private(set) var capabilities: [Int32: [UInt8]] = [:]
  private var names: [UInt8] = [0]
  private var index = NameIndex()
  private let limit: Int
  private let nameLimit: Int
  /// Members so far, also those that others took the place of, and implied directories.
  private var entryCount = 0

  /// - Parameters:
  ///   - limit: of members and implied directories together.
  ///   - nameLimit: of bytes of names and link targets together, also of what others took the place of.
  init(limit: Int, nameLimit: Int) {
    self.limit = limit
    self.nameLimit = nameLimit
  }

  func name(of node: Int32) -> ArraySlice<UInt8> {
    Self.name(at: nodes[Int(node)].name, in: names)
  }

  private static func name(at start: Int, in names: [UInt8]) -> ArraySlice<UInt8> {
    names[(start + 1)..<(start + 1 + Int(names[start]))]
  }

  func target(of file: File) -> ArraySlice<UInt8> {
    names[Int(file.position)..<Int(file.position + file.size)]
  }

  func file(of node: Int32) -> File { files[Int(nodes[Int(node)].file)] }

  // MARK: - Members

  /// - Returns: the number of the file.
  mutating func addFile(
    _ path: MemberPath, _ metadata: MemberMetadata, position: Int64, size: Int64
  ) throws(ReceptionFailure) -> Int32 {
    let file = File(
      kind: .regular, mode: metadata.mode, modified: metadata.modified, position: position, size: size)
    let number = try append(file, capability: metadata.capability)
    try place(path, number)
    return number
  }

  mutating func setDigest(_ digest: ContextDigest, of file: Int32) {
    files[Int(file)].digest = digest
  }

  mutating func addSymbolicLink(
    _ path: MemberPath, _ metadata: MemberMetadata, target: [UInt8]
  ) throws(ReceptionFailure) {
    let file = File(
      kind: .symbolicLink, mode: 0o777, modified: metadata.modified, position: Int64(names.count),
      size: Int64(target.count))
    try reserveNames(target.count)
    names += target
    try place(path, try append(file))
  }

  mutating func addFifo(_ path: MemberPath, _ metadata: MemberMetadata) throws(ReceptionFailure) {
    try place(path, try append(File(kind: .fifo, mode: metadata.mode, modified: metadata.modified)))
  }

  /// One that is there keeps what it holds.
  mutating func addDirectory(_ path: MemberPath, _ metadata: MemberMetadata) throws(ReceptionFailure) {
    let directory = File(kind: .directory, mode: metadata.mode, modified: metadata.modified)
    if let node = find(path), file(of: node).kind.isDirectory {
      try count()
      files[Int(nodes[Int(node)].file)] = directory
    } else {
      try place(path, try append(directory))
    }
  }

  /// A second name of a file that is there. The file gets the link's permissions and time.
  mutating func addHardLink(
    _ path: MemberPath, to target: MemberPath, _ metadata: MemberMetadata
  ) throws(ReceptionFailure) {
    let linked: Int32
    if let existing = find(path), existing == find(target), !file(of: existing).kind.isDirectory {
      try count()
      linked = nodes[Int(existing)].file
    } else {
      try count()
      // First goes what has the name, and with a directory what it holds, which may be the target.
      let node = try makeNode(path)
      guard let existing = find(target), existing != node else { throw .fault(.linkTargetMissing) }
      guard !file(of: existing).kind.isDirectory else { throw .fault(.linkTargetDirectory) }
      linked = nodes[Int(existing)].file
      nodes[Int(node)].file = linked
    }
    guard files[Int(linked)].kind != .symbolicLink else { return }
    files[Int(linked)].mode = metadata.mode
    files[Int(linked)].modified = metadata.modified
    if files[Int(linked)].kind == .regular, !metadata.capability.isEmpty { capabilities[linked] = metadata.capability }
  }

  // MARK: - Nodes

  private mutating func append(_ file: File, capability: [UInt8] = []) throws(ReceptionFailure) -> Int32 {
    try count()
    guard let number = Int32(exactly: files.count) else { throw .context(.tooManyEntries(limit: limit)) }
    files.append(file)
    if !capability.isEmpty { capabilities[number] = capability }
    return number
  }

  private mutating func count() throws(ReceptionFailure) {
    guard entryCount < limit else { throw .context(.tooManyEntries(limit: limit)) }
    entryCount += 1
  }

  private func reserveNames(_ count: Int) throws(ReceptionFailure) {
    guard count <= nameLimit - names.count else { throw .context(.namesTooLarge(limitBytes: nameLimit)) }
  }

  private func find(_ path: MemberPath) -> Int32? {
    var node = Self.root
    for component in path.components {
      guard let next = find(component, in: node) else { return nil }
      node = next
    }
    return node
  }

  private func find(_ name: ArraySlice<UInt8>, in directory: Int32) -> Int32? {
    index.find(NameIndex.hash(name, in: directory)) { node in
      nodes[Int(node)].parent == directory && self.name(of: node) == name
    }
  }

  private mutating func place(_ path: MemberPath, _ file: Int32) throws(ReceptionFailure) {
    let node = try makeNode(path)
    nodes[Int(node)].file = file
  }

  /// A node for something that is no directory, or not one yet. A directory that has the name goes, with all it holds.
  private mutating func makeNode(_ path: MemberPath) throws(ReceptionFailure) -> Int32 {
    guard let name = path.components.last else { throw .fault(.root) }
    var directory = Self.root
    for component in path.components.dropLast() {
      if let next = find(component, in: directory) {
        guard file(of: next).kind.isDirectory else { throw .fault(.parentNotDirectory) }
        directory = next
      } else {
        let file = try append(File(kind: .impliedDirectory, mode: 0o755, modified: 0))
        directory = try append(component, in: directory, file: file)
      }
    }
    guard let existing = find(name, in: directory) else {
      return try append(name, in: directory, file: Self.root)
    }
    guard file(of: existing).kind.isDirectory else { return existing }
    let node = try append(name, in: directory, file: Self.root, replacing: existing)
    nodes[Int(existing)].parent = -1
    return node
  }

  private mutating func append(
    _ name: ArraySlice<UInt8>, in directory: Int32, file: Int32, replacing existing: Int32? = nil
  ) throws(ReceptionFailure) -> Int32 {
    guard let number = Int32(exactly: nodes.count) else { throw .context(.tooManyEntries(limit: limit)) }
    try reserveNames(1 + name.count)
    nodes.append(Node(parent: directory, file: file, name: names.count))
    names.append(UInt8(name.count))
    names += name
    let hash = NameIndex.hash(name, in: directory)
    if let existing {
      index.replace(existing, with: number, hash: hash)
    } else {
      let (nodes, names) = (nodes, names)
      index.insert(number, hash: hash) { node in
        let node = nodes[Int(node)]
        return NameIndex.hash(Self.name(at: node.name, in: names), in: node.parent)
      }
    }
    return number
  }
}
