/// Brings the tree that an archive has made into the order in which entries are sent.
struct ReceivedTreeBuilder {
  private(set) var table = EntryTable()
  private(set) var entryCount = 0
  private(set) var contentBytes: Int64 = 0
  private(set) var files: [StoredContents.File] = []
  /// As `ReceivedTree` has them.
  private(set) var children: [EntryTable.Offset] = []
  private(set) var ranges: [EntryTable.Offset: Range<Int>] = [:]

  private let assembly: TreeAssembly
  /// The nodes in each directory, sorted by name; where they begin for each node, and one more.
  private var sorted: [Int32] = []
  private var starts: [Int] = []
  /// For each file whether it has several names.
  private var hasManyNames: [Bool]
  /// The first entries of those files.
  private var firstNames: [Int32: EntryTable.Offset] = [:]

  init(_ assembly: TreeAssembly) {
    self.assembly = assembly
    hasManyNames = [Bool](repeating: false, count: assembly.files.count)
    sortNodes()
  }

  /// Leaves out what is in directories that something else took the place of.
  private mutating func sortNodes() {
    let nodes = assembly.nodes
    var isAlive = [Bool](repeating: false, count: nodes.count)
    isAlive[Int(TreeAssembly.root)] = true
    var isNamed = [Bool](repeating: false, count: assembly.files.count)
    starts = [Int](repeating: 0, count: nodes.count + 1)
    for (number, node) in nodes.enumerated() where node.parent >= 0 && isAlive[Int(node.parent)] {
      isAlive[number] = true
      starts[Int(node.parent) + 1] += 1
      if isNamed[Int(node.file)] { hasManyNames[Int(node.file)] = true }
      isNamed[Int(node.file)] = true
    }
    for index in starts.indices.dropFirst() { starts[index] += starts[index - 1] }
    sorted = [Int32](repeating: -1, count: starts.last ?? 0)
    var next = starts
    for (number, node) in nodes.enumerated() where node.parent >= 0 && isAlive[number] {
      sorted[next[Int(node.parent)]] = Int32(number)
      next[Int(node.parent)] += 1
    }
    for number in nodes.indices where starts[number + 1] - starts[number] > 1 {
      sorted[starts[number]..<starts[number + 1]].sort { [assembly] left, right in
        assembly.name(of: left).lexicographicallyPrecedes(assembly.name(of: right))
      }
    }
  }

  mutating func build() {
    children = [EntryTable.Offset](repeating: .root, count: sorted.count)
    var directories = [(offset: EntryTable.Offset.root, next: starts[0], end: starts[1])]
    ranges[.root] = starts[0]..<starts[1]
    while let (parent, next, end) = directories.last {
      guard next < end else {
        directories.removeLast()
        continue
      }
      directories[directories.count - 1].next += 1
      let node = sorted[next]
      let offset = append(node, in: parent)
      children[next] = offset
      guard assembly.file(of: node).kind.isDirectory else { continue }
      let range = starts[Int(node)]..<starts[Int(node) + 1]
      guard !range.isEmpty else { continue }
      ranges[offset] = range
      directories.append((offset, range.lowerBound, range.upperBound))
    }
  }

  private mutating func append(_ node: Int32, in parent: EntryTable.Offset) -> EntryTable.Offset {
    let number = assembly.nodes[Int(node)].file
    let file = assembly.files[Int(number)]
    let isSent = file.kind != .impliedDirectory
    if isSent { entryCount += 1 }
    let firstName = firstNames[number]
    let offset = table.append(
      Entry(
        isSent: isSent, parent: parent, name: assembly.name(of: node), mode: file.mode, modified: file.modified,
        content: firstName.map(Entry.Content.hardLink) ?? content(of: file),
        capability: (assembly.capabilities[number] ?? [])[...]))
    if firstName == nil {
      if hasManyNames[Int(number)] { firstNames[number] = offset }
      if file.kind == .regular {
        files.append(StoredContents.File(entry: offset, position: file.position))
        contentBytes += file.size
      }
    }
    return offset
  }

  private func content(of file: TreeAssembly.File) -> Entry.Content {
    switch file.kind {
    case .impliedDirectory, .directory: .directory
    case .regular: .file(size: file.size, digest: file.digest)
    case .symbolicLink: .symbolicLink(target: assembly.target(of: file))
    case .fifo: .fifo
    }
  }
}
