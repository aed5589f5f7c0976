internal import Glibc

/// A file as it was measured.
struct MeasuredFile {
  let entry: EntryTable.Offset
  let parent: EntryTable.Offset
  let mode: UInt16
  let size: Int64
  let digest: ContextDigest
  let capability: ArraySlice<UInt8>
}

extension MeasuredFile {
  /// - Parameter cursor: which is at the file.
  init(_ file: EntryTable.PlainFile, _ cursor: borrowing EntryCursor) {
    self.init(
      entry: cursor.offset, parent: cursor.parent, mode: file.mode, size: file.size, digest: file.digest,
      capability: [])
  }
}

/// Where the contents of an archive's files are read, one file after another.
protocol ArchiveContents: ~Copyable {
  /// Goes to the beginning of a file.
  mutating func open(_ file: borrowing MeasuredFile, at place: EntryPath) throws(ContextError)

  /// The next bytes of the file that was opened last.
  /// - Parameter place: of that file.
  /// - Returns: at least 1.
  /// - Throws: `changed` if there are none.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer, at place: EntryPath) throws(ContextError) -> Int

  /// What was read of the file is not what was measured.
  mutating func contentsDiffered()
}

/// Those of a tree, as long as its files look as they were measured.
struct TreeContents: ArchiveContents, ~Copyable {
  let root: RootDirectory
  private let index: FileDigestIndex?
  /// The directory of the file that was opened last, and its entry.
  private var directory: OwnedDescriptor?
  private var directoryEntry = EntryTable.Offset.root
  private var file: OwnedDescriptor?
  /// Whether a file that was opened has other names, in the tree or elsewhere.
  private(set) var metOtherNames = false

  /// - Parameter index: told of digests that are wrong.
  init(_ root: consuming RootDirectory, index: FileDigestIndex?) {
    self.root = root
    self.index = index
  }

  mutating func open(_ measured: borrowing MeasuredFile, at place: EntryPath) throws(ContextError) {
    let opened = try openFile(in: measured.parent, at: place)
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: opened.raw) } catch { throw error.at(place.bytes) }
    guard status.type == .regular, status.permissions == measured.mode, status.size == measured.size,
      try hasCapability(opened.raw, of: measured, at: place)
    else { throw .changed(path: ContextPath.text(place.bytes)) }
    if status.links > 1 { metOtherNames = true }
    file = consume opened
  }

  /// Few files have one. That a file has got one since is not looked for: it is sent as it was measured, without.
  private func hasCapability(
    _ descriptor: Int32, of measured: borrowing MeasuredFile, at place: EntryPath
  ) throws(ContextError) -> Bool {
    if measured.capability.isEmpty { return true }
    do throws(FileReader.Failure) {
      return try FileReader.capability(of: descriptor)[...] == measured.capability
    } catch {
      throw error.at(place.bytes)
    }
  }

  /// Files of one directory come one behind another, so that it stays open for them.
  private mutating func openFile(
    in parent: EntryTable.Offset, at place: EntryPath
  ) throws(ContextError) -> OwnedDescriptor {
    if directory == nil || parent != directoryEntry {
      do throws(ContextError) {
        directory = try root.openDirectory(place.directory)
      } catch {
        // It is the file that is not where it was.
        guard case .changed = error else { throw error }
        throw .changed(path: ContextPath.text(place.bytes))
      }
      directoryEntry = parent
    }
    guard let directory = directory?.raw else { preconditionFailure("the directory was opened") }
    do throws(FileReader.Failure) {
      return try FileReader.open(place.bytes[place.nameStart...], in: directory)
    } catch {
      throw error.at(place.bytes)
    }
  }

  mutating func read(into buffer: UnsafeMutableRawBufferPointer, at place: EntryPath) throws(ContextError) -> Int {
    guard let raw = file?.raw else { preconditionFailure("no file was opened") }
    do throws(FileReader.Failure) { return try FileReader.read(raw, into: buffer) } catch {
      throw error.at(place.bytes)
    }
  }

  mutating func contentsDiffered() {
    guard let index, let raw = file?.raw else { return }
    do throws(SystemError) {
      index.contentsDiffered(try FileStatus(of: raw), for: geteuid())
    } catch {
      // What has no status cannot be vouched for.
    }
  }
}

extension StoredContents {
  /// Goes through the files in any order.
  struct Reader: ArchiveContents {
    private let contents: StoredContents
    private var position: Int64 = 0

    init(_ contents: StoredContents) {
      self.contents = contents
    }

    mutating func open(_ file: borrowing MeasuredFile, at place: EntryPath) {
      position = contents.position(of: file.entry)
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer, at place: EntryPath) throws(ContextError) -> Int {
      let length = try contents.read(at: position, into: buffer, path: place.bytes)
      position += Int64(length)
      return length
    }

    /// No index vouches for what is stored.
    func contentsDiffered() {}
  }
}
