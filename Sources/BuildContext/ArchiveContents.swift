/// A file as it was measured.
struct MeasuredFile {
  let entry: EntryTable.Offset
  let path: [UInt8]
  let mode: UInt16
  let size: Int64
  let digest: ContextDigest
  let capability: ArraySlice<UInt8>
}

/// Where the contents of an archive's files are read, one file after another.
protocol ArchiveContents: ~Copyable {
  /// Goes to the beginning of a file.
  mutating func open(_ file: MeasuredFile) throws(ContextError)

  /// The next bytes of the file that was opened last.
  /// - Returns: at least 1.
  /// - Throws: `changed` if there are none.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(ContextError) -> Int
}

/// Those of a tree, as long as its files look as they were measured.
struct TreeContents: ArchiveContents, ~Copyable {
  let root: RootDirectory
  private var path: [UInt8] = []
  private var file: OwnedDescriptor?

  init(_ root: consuming RootDirectory) {
    self.root = root
  }

  mutating func open(_ measured: MeasuredFile) throws(ContextError) {
    let opened = try root.openFile(measured.path)
    let status: FileStatus
    do throws(SystemError) { status = try FileStatus(of: opened.raw) } catch { throw error.at(measured.path) }
    guard status.type == .regular, status.permissions == measured.mode, status.size == measured.size,
      try FileReader.capability(of: opened.raw, path: measured.path)[...] == measured.capability
    else { throw .changed(path: ContextPath.text(measured.path)) }
    file = consume opened
    path = measured.path
  }

  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(ContextError) -> Int {
    guard let raw = file?.raw else { preconditionFailure("no file was opened") }
    return try FileReader.read(raw, into: buffer, path: path)
  }
}

extension StoredContents {
  /// Goes through the files in any order.
  struct Reader: ArchiveContents {
    private let contents: StoredContents
    private var path: [UInt8] = []
    private var position: Int64 = 0

    init(_ contents: StoredContents) {
      self.contents = contents
    }

    mutating func open(_ file: MeasuredFile) {
      path = file.path
      position = contents.position(of: file.entry)
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(ContextError) -> Int {
      let length = try contents.read(at: position, into: buffer, path: path)
      position += Int64(length)
      return length
    }
  }
}
