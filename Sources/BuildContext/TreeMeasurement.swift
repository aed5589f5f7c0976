internal import Glibc

/// Makes the table of entries of a tree, and reads every file once for it.
struct TreeMeasurement: TreeVisitor, ~Copyable {
  private var entries: MeasuredEntries
  private var hardLinks = HardLinks()
  private var reader: FileReader

  init(limits: ContextLimits, files: BuildFiles) throws(ContextError) {
    entries = MeasuredEntries(limits: limits, files: files)
    reader = try FileReader()
  }

  /// To be called after the walk.
  mutating func finish() throws(ContextError) -> MeasuredEntries {
    try entries.finish()
    return entries
  }

  mutating func visitDirectory(
    _ place: TreePlace, status: FileStatus, isSent: Bool
  ) throws(ContextError) -> EntryTable.Offset {
    try entries.addFiles(before: place.path)
    if let file = entries.added.file(at: place.path) {
      if file.replacesTreesOwn { throw .changed(path: ContextPath.text(place.path)) }
      throw SystemError(errno: EEXIST).at(place.path)
    }
    return try entries.add(Entry(place, status: status, content: .directory, isSent: isSent))
  }

  mutating func visitLeaf(
    _ place: TreePlace, type: FileType, directory: Int32, interrupted: () -> Bool
  ) throws(ContextError) {
    try entries.addFiles(before: place.path)
    if let file = entries.added.file(at: place.path) {
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
    let offset = try entries.add(
      Entry(place, status: status, content: firstName.map(Entry.Content.hardLink) ?? content))
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
    let isDockerfile = place.path.elementsEqual(entries.dockerfile)

    if let firstName = hardLinks.firstName(of: status) {
      if isDockerfile {
        let (_, digest) = try measure(file, status: status, at: place.path, keepsBytes: true, interrupted: interrupted)
        var position = firstName
        guard case .file(_, digest) = entries.table.entry(at: &position).content else {
          throw .changed(path: ContextPath.text(place.path))
        }
      }
      _ = try entries.add(Entry(place, status: status, content: .hardLink(firstName), capability: capability))
      return
    }
    let (measured, digest) = try measure(
      file, status: status, at: place.path, keepsBytes: isDockerfile, interrupted: interrupted)
    try entries.countFile(size: measured.size)
    let content = Entry.Content.file(size: measured.size, digest: digest)
    let offset = try entries.add(Entry(place, status: measured, content: content, capability: capability))
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
      guard before.size <= entries.limits.bytes - entries.contentBytes else {
        throw .tooLarge(limitBytes: entries.limits.bytes)
      }
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
          if let copy { entries.dockerfileBytes = copy }
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
}
