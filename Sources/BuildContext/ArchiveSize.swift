/// Adds up the exact length of an archive, member by member.
struct ArchiveSize {
  private var isFirst = true
  /// Nothing once it is more than 64 bits can count.
  private(set) var total: Int64? = Int64(TarHeader.endSize)

  /// - Parameter firstName: the path of the entry that a hard link names.
  mutating func add(_ entry: Entry, path: [UInt8], firstName: [UInt8]) {
    if let size = TarHeader.plainSize(of: entry, path: path) {
      isFirst = false
      add(Int64(TarHeader.blockSize))
      add(size)
      return add(Int64(TarHeader.padding(after: size)))
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

  private mutating func add(_ count: Int64) {
    guard let sum = total?.addingReportingOverflow(count) else { return }
    total = sum.overflow ? nil : sum.partialValue
  }
}
