internal import Glibc

/// Makes the table of entries of a tree, and reads every file once for it. Files that are kept in memory get their
/// entries between those of the tree.
struct TreeMeasurement: TreeVisitor, ~Copyable {
  private(set) var table = EntryTable()
  private(set) var entryCount = 0
  private(set) var fileCount = 0
  private(set) var contentBytes: Int64 = 0
  /// Nothing until the Dockerfile was found, or added.
  private(set) var dockerfileBytes: [UInt8]?

  private let limits: ContextLimits
  private let dockerfile: [UInt8]
  private let added: AddedFiles
  /// Those that are not in the table yet.
  private var pending: ArraySlice<AddedFile>
  private var hardLinks = HardLinks()
  private var reader: FileReader

  init(limits: ContextLimits, files: BuildFiles) throws(ContextError) {
    self.limits = limits
    dockerfile = files.dockerfile
    added = files.added
    pending = files.added.files[...]
    reader = try FileReader()
  }

  /// To be called after the walk.
  mutating func finish() throws(ContextError) {
    while let file = pending.popFirst() { try add(file) }
  }

  mutating func visitDirectory(
    _ place: TreePlace, status: FileStatus, isSent: Bool
  ) throws(ContextError) -> EntryTable.Offset {
    try addFiles(before: place.path)
    if let file = added.file(at: place.path) {
      if file.replacesTreesOwn { throw .changed(path: ContextPath.text(place.path)) }
      throw SystemError(errno: EEXIST).at(place.path)
    }
    return try add(Entry(place, status: status, content: .directory, isSent: isSent))
  }

  mutating func visitLeaf(
    _ place: TreePlace, type: FileType, directory: Int32, interrupted: () -> Bool
  ) throws(ContextError) {
    try addFiles(before: place.path)
    if let file = added.file(at: place.path) {
      guard file.replacesTreesOwn else { throw SystemError(errno: EEXIST).at(place.path) }
      return
    }
    let name = ContextPath.terminated(place.name)
    if type == .regular {
      try visitFile(place, name: name, directory: directory, interrupted: interrupted)
      return
    }
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: name, in: directory) } catch { throw error.at(place.path) }
    guard status.type == type,
      let content = try Entry.Content(status, name: name, directory: directory, path: place.path)
    else { throw .changed(path: ContextPath.text(place.path)) }
    let firstName = hardLinks.firstName(of: status)
    let offset = try add(Entry(place, status: status, content: firstName.map(Entry.Content.hardLink) ?? content))
    hardLinks.remember(status, as: offset)
  }

  private mutating func visitFile(
    _ place: TreePlace, name: [CChar], directory: Int32, interrupted: () -> Bool
  ) throws(ContextError) {
    let raw = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard raw >= 0 else { throw SystemError.current.at(place.path) }
    let file = OwnedDescriptor(owning: raw)
    let status = try fileStatus(of: file, at: place.path)
    let capability = try FileReader.capability(of: raw, path: place.path)
    let isDockerfile = place.path.elementsEqual(dockerfile)

    if let firstName = hardLinks.firstName(of: status) {
      if isDockerfile {
        let (_, digest) = try measure(file, status: status, at: place.path, keepsBytes: true, interrupted: interrupted)
        var position = firstName
        guard case .file(_, digest) = table.entry(at: &position).content else {
          throw .changed(path: ContextPath.text(place.path))
        }
      }
      _ = try add(Entry(place, status: status, content: .hardLink(firstName), capability: capability))
      return
    }
    let (measured, digest) = try measure(
      file, status: status, at: place.path, keepsBytes: isDockerfile, interrupted: interrupted)
    try countFile(size: measured.size)
    let content = Entry.Content.file(size: measured.size, digest: digest)
    let offset = try add(Entry(place, status: measured, content: content, capability: capability))
    hardLinks.remember(measured, as: offset)
  }

  /// Reads a file until one reading was not disturbed, at most twice.
  /// - Returns: the status that held while it was read.
  private mutating func measure(
    _ file: borrowing OwnedDescriptor, status: FileStatus, at path: ArraySlice<UInt8>, keepsBytes: Bool,
    interrupted: () -> Bool
  ) throws(ContextError) -> (FileStatus, ContextDigest) {
    var before = status
    for attempt in 1...2 {
      guard before.size <= limits.bytes - contentBytes else { throw .tooLarge(limitBytes: limits.bytes) }
      if keepsBytes, before.size > ContextLimits.dockerfile {
        throw .dockerfileTooLarge(limitBytes: ContextLimits.dockerfile)
      }
      guard lseek(file.raw, 0, SEEK_SET) == 0 else { throw SystemError.current.at(path) }
      var copy: [UInt8]? = keepsBytes ? [] : nil
      do throws(ContextError) {
        let digest = try reader.digest(
          of: file.raw, size: before.size, path: path, copy: &copy, interrupted: interrupted)
        let after = try fileStatus(of: file, at: path)
        if after.size == before.size, after.modified == before.modified, after.changed == before.changed {
          if let copy { dockerfileBytes = copy }
          return (before, digest)
        }
        before = after
      } catch {
        guard attempt == 1, case .changed = error else { throw error }
        before = try fileStatus(of: file, at: path)
      }
    }
    throw .changed(path: ContextPath.text(path))
  }

  private func fileStatus(
    of file: borrowing OwnedDescriptor, at path: ArraySlice<UInt8>
  ) throws(ContextError) -> FileStatus {
    do throws(SystemError) {
      let status = try FileStatus(of: file.raw)
      if status.type == .regular { return status }
    } catch {
      throw error.at(path)
    }
    throw .changed(path: ContextPath.text(path))
  }

  /// Adds those that come before a path in the order of the table.
  private mutating func addFiles(before path: ArraySlice<UInt8>) throws(ContextError) {
    guard !pending.isEmpty else { return }
    let top = path.prefix { $0 != LexicalPath.slash }
    while let file = pending.first, file.name.lexicographicallyPrecedes(top) {
      pending.removeFirst()
      try add(file)
    }
  }

  private mutating func add(_ file: AddedFile) throws(ContextError) {
    try countFile(size: Int64(file.bytes.count))
    _ = try add(file.entry)
    if file.name == dockerfile { dockerfileBytes = file.bytes }
  }

  private mutating func countFile(size: Int64) throws(ContextError) {
    let (total, overflow) = contentBytes.addingReportingOverflow(size)
    guard !overflow, total <= limits.bytes else { throw .tooLarge(limitBytes: limits.bytes) }
    contentBytes = total
    fileCount += 1
  }

  private mutating func add(_ entry: Entry) throws(ContextError) -> EntryTable.Offset {
    if entry.isSent {
      guard entryCount < limits.entries else { throw .tooManyEntries(limit: limits.entries) }
      entryCount += 1
    }
    return table.append(entry)
  }
}
