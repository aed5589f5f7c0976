internal import CLinux
internal import Glibc

/// The names in a directory, in the order of their bytes. Packed, for a directory may hold a million.
struct DirectoryListing {
  /// For each name: its type as the directory records it, its length, its bytes.
  private var packed: [UInt8] = []
  /// Where the records start.
  private var starts: [UInt32] = []

  var count: Int { starts.count }

  /// - Parameter limit: of the number of names.
  init(of directory: Int32, path: [UInt8], limit: Int) throws(ContextError) {
    let capacity = 32 * 1024
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 8)
    defer { buffer.deallocate() }
    while true {
      let length = cl_directory_records(directory, buffer.baseAddress, capacity)
      if length < 0 { throw SystemError.current.at(path) }
      if length == 0 { break }
      append(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
      guard count <= limit, packed.count <= UInt32.max else { throw .tooManyEntries(limit: limit) }
    }
    sort()
  }

  /// The record's layout is that of `cl_directory_records`.
  private mutating func append(_ records: UnsafeRawBufferPointer) {
    let nameOffset = 19
    let dot = UInt8(ascii: ".")
    if packed.isEmpty {
      // A record is longer than what is kept of it, and has at least 24 bytes.
      packed.reserveCapacity(records.count)
      starts.reserveCapacity(records.count / 24)
    }
    var position = 0
    while position + nameOffset < records.count {
      let length = Int(records.loadUnaligned(fromByteOffset: position + 16, as: UInt16.self))
      let type = records[position + 18]
      let field = UnsafeRawBufferPointer(rebasing: records[(position + nameOffset)..<(position + length)])
      let name = UnsafeRawBufferPointer(rebasing: field[..<(field.firstIndex(of: 0) ?? field.count)])
      position += length
      if name.count <= 2, name.allSatisfy({ $0 == dot }) { continue }
      starts.append(UInt32(truncatingIfNeeded: packed.count))
      packed.append(type)
      packed.append(UInt8(truncatingIfNeeded: name.count))
      packed.append(contentsOf: name)
    }
  }

  private mutating func sort() {
    packed.withUnsafeBytes { packed in
      guard let base = packed.baseAddress else { return }
      starts.sort { left, right in
        let left = base + Int(left) + 1
        let right = base + Int(right) + 1
        let leftLength = Int(left.load(as: UInt8.self))
        let rightLength = Int(right.load(as: UInt8.self))
        let order = memcmp(left + 1, right + 1, min(leftLength, rightLength))
        return order != 0 ? order < 0 : leftLength < rightLength
      }
    }
  }

  func appendName(at index: Int, to path: inout [UInt8]) {
    packed.withUnsafeBufferPointer { packed in
      let start = Int(starts[index])
      path.append(contentsOf: UnsafeBufferPointer(rebasing: packed[(start + 2)...].prefix(Int(packed[start + 1]))))
    }
  }

  /// Nothing where the filesystem does not say.
  func type(at index: Int) -> FileType? {
    FileType(recordType: packed[Int(starts[index])])
  }
}
