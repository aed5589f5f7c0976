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
  /// - Returns: whether what will be read are the very bytes that were measured, and need not be compared.
  mutating func open(_ file: borrowing MeasuredFile, at place: EntryPath) throws(ContextError) -> Bool

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
  /// The file that was opened last, where it is read.
  private var file: OwnedDescriptor?
  /// What is left of it, where it is not.
  private var rest = UnsafeRawBufferPointer(start: nil, count: 0)
  /// In the order in which they are sent; those before `nextHeld` were passed.
  private let held: [HeldFile]
  private var nextHeld = 0
  /// Whether a file that was opened has other names, in the tree or elsewhere.
  private(set) var metOtherNames = false

  /// - Parameters:
  ///   - index: told of digests that are wrong.
  ///   - held: of the tree, in the order of the table.
  init(_ root: consuming RootDirectory, index: FileDigestIndex?, held: [HeldFile] = []) {
    self.root = root
    self.index = index
    self.held = held
  }

  mutating func open(_ measured: borrowing MeasuredFile, at place: EntryPath) throws(ContextError) -> Bool {
    let directory = try openDirectory(measured.parent, at: place)
    let name = place.bytes[place.nameStart...]
    if let held = findHeld(measured.entry) {
      let status: FileStatus
      do throws(SystemError) { status = try FileStatus(of: name, in: directory) } catch {
        throw error.at(place.bytes)
      }
      if status.isUnchanged(since: held.status) {
        if status.links > 1 { metOtherNames = true }
        file = nil
        rest = held.bytes
        return true
      }
    }
    let opened: OwnedDescriptor
    do throws(FileReader.Failure) { opened = try FileReader.open(name, in: directory) } catch {
      throw error.at(place.bytes)
    }
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: opened.raw) } catch { throw error.at(place.bytes) }
    guard status.type == .regular, status.permissions == measured.mode, status.size == measured.size,
      try hasCapability(opened.raw, of: measured, at: place)
    else { throw .changed(path: ContextPath.text(place.bytes)) }
    if status.links > 1 { metOtherNames = true }
    file = consume opened
    return false
  }

  private mutating func findHeld(_ entry: EntryTable.Offset) -> HeldFile? {
    while nextHeld < held.count, held[nextHeld].entry < entry { nextHeld += 1 }
    guard nextHeld < held.count, held[nextHeld].entry == entry else { return nil }
    return held[nextHeld]
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
  private mutating func openDirectory(
    _ entry: EntryTable.Offset, at place: EntryPath
  ) throws(ContextError) -> Int32 {
    if let directory = directory?.raw, entry == directoryEntry { return directory }
    let opened: OwnedDescriptor
    do throws(ContextError) { opened = try root.openDirectory(place.directory) } catch {
      // It is the file that is not where it was.
      guard case .changed = error else { throw error }
      throw .changed(path: ContextPath.text(place.bytes))
    }
    let raw = opened.raw
    directory = consume opened
    directoryEntry = entry
    return raw
  }

  mutating func read(into buffer: UnsafeMutableRawBufferPointer, at place: EntryPath) throws(ContextError) -> Int {
    if let raw = file?.raw {
      do throws(FileReader.Failure) { return try FileReader.read(raw, into: buffer) } catch {
        throw error.at(place.bytes)
      }
    }
    let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(buffer.count))
    guard !piece.isEmpty else { throw .changed(path: ContextPath.text(place.bytes)) }
    buffer.copyMemory(from: piece)
    rest = UnsafeRawBufferPointer(rebasing: rest[piece.count...])
    return piece.count
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

    mutating func open(_ file: borrowing MeasuredFile, at place: EntryPath) -> Bool {
      position = contents.position(of: file.entry)
      return false
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
