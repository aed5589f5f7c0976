/// The entries of a context, made one after another in the order in which they are sent, within limits. Added
/// files get theirs between those of the tree.
struct MeasuredEntries {
  private(set) var table = EntryTable()
  private(set) var entryCount = 0
  private(set) var fileCount = 0
  private(set) var contentBytes: Int64 = 0
  /// Nothing until the Dockerfile was found, or added.
  var dockerfileBytes: [UInt8]?

  let limits: ContextLimits
  let dockerfile: [UInt8]
  let added: AddedFiles
  /// Those that are not in the table yet.
  private var pending: ArraySlice<AddedFile>

  init(limits: ContextLimits, files: BuildFiles) {
    self.limits = limits
    dockerfile = files.dockerfile
    added = files.added
    pending = files.added.files[...]
  }

  /// Those of an archive that is sent as it came.
  init(_ tree: ReceivedTree, dockerfileBytes: [UInt8], limits: ContextLimits, files: BuildFiles) throws(ContextError) {
    self.init(limits: limits, files: files)
    guard tree.entryCount <= limits.entries else { throw .tooManyEntries(limit: limits.entries) }
    guard tree.contentBytes <= limits.bytes else { throw .tooLarge(limitBytes: limits.bytes) }
    table = tree.table
    entryCount = tree.entryCount
    fileCount = tree.fileCount
    contentBytes = tree.contentBytes
    self.dockerfileBytes = dockerfileBytes
  }

  /// To be called when the tree has no more.
  mutating func finish() throws(ContextError) {
    while let file = pending.popFirst() { try add(file) }
  }

  /// Adds the files that come before a path in the order of the table.
  mutating func addFiles(before path: some Collection<UInt8>) throws(ContextError) {
    guard !pending.isEmpty else { return }
    let top = path.prefix { $0 != LexicalPath.slash }
    while let file = pending.first, file.name.lexicographicallyPrecedes(top) {
      pending.removeFirst()
      try add(file)
    }
  }

  mutating func countFile(size: Int64) throws(ContextError) {
    let (total, overflow) = contentBytes.addingReportingOverflow(size)
    // One of 2^63 bytes or more, on whichever filesystem, has fewer than none.
    guard size >= 0, !overflow, total <= limits.bytes else { throw .tooLarge(limitBytes: limits.bytes) }
    contentBytes = total
    fileCount += 1
  }

  /// A file that was counted is not as large as was thought.
  mutating func recountFile(from size: Int64, to newSize: Int64) throws(ContextError) {
    fileCount -= 1
    contentBytes -= size
    try countFile(size: newSize)
  }

  mutating func add(_ entry: Entry) throws(ContextError) -> EntryTable.Offset {
    if entry.isSent { try countEntry() }
    return table.append(entry)
  }

  /// A regular file that is sent, and was counted as an entry and as a file.
  mutating func addFile(_ place: TreePlace, _ status: FileStatus, digest: ContextDigest) -> EntryTable.Offset {
    table.appendFile(place.name, in: place.parent, status, digest: digest)
  }

  /// As above, with what reading it has told.
  mutating func addFile(_ place: TreePlace, _ reading: FileReading) -> EntryTable.Offset {
    let offset = addFile(place, reading.status, digest: reading.digest)
    if !reading.capability.isEmpty { table.setCapability(reading.capability, at: offset) }
    return offset
  }

  /// One that is sent.
  mutating func countEntry() throws(ContextError) {
    guard entryCount < limits.entries else { throw .tooManyEntries(limit: limits.entries) }
    entryCount += 1
  }

  /// Puts what is known of the files of a run into their entries: their digests, and what reading them has told.
  mutating func fill(from run: FileRun) throws(ContextError) {
    for (index, file) in run.files.enumerated() {
      guard let digest = file.digest else { continue }
      try recountFile(from: file.sizeFound, to: file.status.size)
      table.fill(file.entry, status: file.status, digest: digest)
      if let capability = run.capabilities[index] { table.setCapability(capability, at: file.entry) }
    }
  }

  /// A capability is the file's, whichever of its names it was found under.
  mutating func shareCapabilities() {
    guard !table.capabilities.isEmpty else { return }
    var next = table.start
    while next < table.end {
      let offset = next
      guard case .hardLink(let first) = table.entry(at: &next).content else { continue }
      if let capability = table.capabilities[first] { table.setCapability(capability, at: offset) }
    }
  }

  private mutating func add(_ file: AddedFile) throws(ContextError) {
    try countFile(size: Int64(file.bytes.count))
    _ = try add(file.entry)
    if file.name == dockerfile { dockerfileBytes = file.bytes }
  }
}
