/// Adds up the exact length of an archive, member by member.
struct ArchiveSize {
  private var isFirst = true
  /// Nothing once it is more than 64 bits can count.
  private(set) var total: Int64? = Int64(TarHeader.endSize)

  /// - Parameter firstName: the path of the entry that a hard link names.
  mutating func add(_ entry: Entry, path: [UInt8], firstName: [UInt8]) {
    if case .directory = entry.content, TarHeader.isPlain(size: 0, modified: entry.modified, path: path) {
      return addPlain(size: 0)
    }
    let member = TarHeader(entry, path: path, firstName: firstName)
    let headers = member.encodedSize
    // More than one block: there is an extended header.
    if isFirst, headers > TarHeader.blockSize { add(Int64(TarHeader.globalComment.count)) }
    isFirst = false
    add(Int64(headers))
    add(member.size)
    add(Int64(TarHeader.padding(after: member.size)))
  }

  mutating func add(_ file: EntryTable.PlainFile, path: [UInt8]) {
    if TarHeader.isPlain(size: file.size, modified: file.modified, path: path) { return addPlain(size: file.size) }
    add(file.entry, path: path, firstName: [])
  }

  private mutating func addPlain(size: Int64) {
    isFirst = false
    add(Int64(TarHeader.blockSize + TarHeader.padding(after: size)))
    add(size)
  }

  private mutating func add(_ count: Int64) {
    guard let sum = total?.addingReportingOverflow(count) else { return }
    total = sum.overflow ? nil : sum.partialValue
  }
}
