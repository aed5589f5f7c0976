/// The header of one member of an archive: a block of 512 bytes in the ustar format (POSIX 1003.1, pax), before it,
/// only where that cannot hold a value, a pax extended header of its own.
///
/// The bytes are those that Go's `archive/tar` writes for the docker client: owner and group 0 without names, whole
/// seconds, values of extended headers as raw bytes, their records in the order of their keys.
struct TarHeader {
  enum MemberType: UInt8 {
    case regular = 0x30
    case hardLink = 0x31
    case symbolicLink = 0x32
    case characterDevice = 0x33
    case blockDevice = 0x34
    case directory = 0x35
    case fifo = 0x36
  }

  static let blockSize = 512
  /// Two blocks of zeros end an archive.
  static let endSize = 2 * blockSize
  static let nameLimit = 100
  private static let prefixLimit = 155
  /// The first values that eleven octal digits cannot hold.
  static let octalLimit: Int64 = 1 << 33

  var type: MemberType
  /// With a `/` at its end for a directory.
  var name: [UInt8]
  var mode: UInt16
  /// Of the contents that follow; 0 for anything but a regular file.
  var size: Int64 = 0
  var modified: Int64
  var linkName: [UInt8] = []
  var deviceMajor: UInt32 = 0
  var deviceMinor: UInt32 = 0
  var capability: [UInt8] = []

  /// A global extended header with a comment and nothing else: 1,024 bytes that every reader skips.
  ///
  /// BuildKit looks at the first 1,024 bytes to tell an archive from a Dockerfile, and does not find the header that
  /// stands behind an extended header of the first member. Behind a global one it does not have to.
  static let globalComment: [UInt8] = {
    var bytes: [UInt8] = []
    appendExtendedHeader(
      type: UInt8(ascii: "g"), name: Array("pax_global_header".utf8),
      records: record(key: "comment", value: Array("swiftdock-context 1".utf8)), to: &bytes)
    return bytes
  }()

  var needsExtendedHeader: Bool { !extendedRecords.isEmpty }

  /// How many bytes `append(to:)` adds.
  var encodedSize: Int {
    let records = extendedRecords.count
    guard records > 0 else { return Self.blockSize }
    return 2 * Self.blockSize + records + Self.padding(after: Int64(records))
  }

  func append(to bytes: inout [UInt8]) {
    let records = extendedRecords
    if records.isEmpty {
      let (prefix, name) = Self.split(name) ?? ([], name[...])
      appendBlock(prefix: prefix, name: name, linkName: linkName[...], to: &bytes)
    } else {
      Self.appendExtendedHeader(type: UInt8(ascii: "x"), name: extendedHeaderName, records: records, to: &bytes)
      appendBlock(
        prefix: [], name: name.filter { $0 < 0x80 }[...], linkName: linkName.filter { $0 < 0x80 }[...], to: &bytes)
    }
  }

  // MARK: - Extended headers

  private var extendedRecords: [UInt8] {
    let hasLongName = name.count > Self.nameLimit
    let hasForeignName = !Self.isASCII(name)
    let needsName = hasForeignName || hasLongName && Self.split(name) == nil
    let needsLinkName = linkName.count > Self.nameLimit || !Self.isASCII(linkName)
    let needsTime = !(0..<Self.octalLimit).contains(modified)
    let needsSize = size >= Self.octalLimit
    guard needsName || needsLinkName || needsTime || needsSize || !capability.isEmpty else { return [] }

    var records: [UInt8] = []
    if !capability.isEmpty { records += Self.record(key: "SCHILY.xattr.security.capability", value: capability) }
    if needsLinkName { records += Self.record(key: "linkpath", value: linkName) }
    if needsTime { records += Self.record(key: "mtime", value: Array(String(modified).utf8)) }
    // Beside an extended header, a name is not divided: what is too long for its field goes there.
    if hasForeignName || hasLongName { records += Self.record(key: "path", value: name) }
    if needsSize { records += Self.record(key: "size", value: Array(String(size).utf8)) }
    return records
  }

  /// `LENGTH KEY=VALUE\n`, where the length counts its own digits.
  private static func record(key: String, value: [UInt8]) -> [UInt8] {
    let rest = key.utf8.count + value.count + 3
    var length = rest + String(rest).utf8.count
    length = rest + String(length).utf8.count
    return Array("\(length) \(key)=".utf8) + value + [UInt8(ascii: "\n")]
  }

  private var extendedHeaderName: [UInt8] {
    let directoryEnd = name.lastIndex(of: LexicalPath.slash).map { $0 + 1 } ?? 0
    let extended =
      LexicalPath.clean(name[..<directoryEnd] + Array("PaxHeaders.0/".utf8) + name[directoryEnd...])
      .filter { $0 < 0x80 }.prefix(Self.nameLimit)
    return Array(extended.last == LexicalPath.slash ? extended.dropLast() : extended)
  }

  private static func appendExtendedHeader(
    type: UInt8, name: [UInt8], records: [UInt8], to bytes: inout [UInt8]
  ) {
    appendBlock(to: &bytes) { block in
      block.put(name[...], at: 0, width: nameLimit)
      block.putOctal(0, at: 100, width: 8)
      block.putOctal(0, at: 108, width: 8)
      block.putOctal(0, at: 116, width: 8)
      block.putOctal(Int64(records.count), at: 124, width: 12)
      block.putOctal(0, at: 136, width: 12)
      block.finish(type: type)
    }
    bytes += records
    bytes.append(contentsOf: repeatElement(0, count: padding(after: Int64(records.count))))
  }

  // MARK: - The block itself

  private func appendBlock(
    prefix: ArraySlice<UInt8>, name: ArraySlice<UInt8>, linkName: ArraySlice<UInt8>, to bytes: inout [UInt8]
  ) {
    Self.appendBlock(to: &bytes) { block in
      Self.putFields(name, mode, size, modified, to: block)
      block.put(linkName, at: 157, width: Self.nameLimit)
      block.putOctal(Int64(deviceMajor), at: 329, width: 8)
      block.putOctal(Int64(deviceMinor), at: 337, width: 8)
      block.put(prefix, at: 345, width: Self.prefixLimit)
      block.finish(type: type.rawValue)
    }
  }

  private static func appendBlock(to bytes: inout [UInt8], _ fill: (TarBlock) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: blockSize, alignment: 8) { memory in
      fill(TarBlock(memory))
      bytes.append(contentsOf: memory)
    }
  }

  private static func putFields(
    _ name: ArraySlice<UInt8>, _ mode: UInt16, _ size: Int64, _ modified: Int64, to block: TarBlock
  ) {
    block.put(name, at: 0, width: nameLimit)
    block.putOctal(Int64(mode), at: 100, width: 8)
    block.putOctal(0, at: 108, width: 8)
    block.putOctal(0, at: 116, width: 8)
    block.putOctal(size, at: 124, width: 12)
    block.putOctal(modified, at: 136, width: 12)
  }

  /// The header of a file of which `isPlain` is true, where it is sent from.
  /// - Parameter memory: 512 bytes.
  static func write(_ file: EntryTable.PlainFile, path: [UInt8], to memory: UnsafeMutableRawBufferPointer) {
    let block = TarBlock(memory)
    putFields(path[...], file.mode, file.size, file.modified, to: block)
    block.putOctal(0, at: 329, width: 8)
    block.putOctal(0, at: 337, width: 8)
    block.finish(type: MemberType.regular.rawValue)
  }

  /// Divides a name of more than 100 bytes at the last `/` that lets the parts fit.
  private static func split(_ name: [UInt8]) -> (prefix: ArraySlice<UInt8>, name: ArraySlice<UInt8>)? {
    guard name.count > nameLimit, isASCII(name) else { return nil }
    let searched =
      name.count > prefixLimit + 1 ? prefixLimit + 1 : name.last == LexicalPath.slash ? name.count - 1 : name.count
    guard let slash = name[..<searched].lastIndex(of: LexicalPath.slash), slash > 0, slash <= prefixLimit else {
      return nil
    }
    let rest = name[(slash + 1)...]
    guard !rest.isEmpty, rest.count <= nameLimit else { return nil }
    return (name[..<slash], rest)
  }

  static func isASCII(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBufferPointer { $0.reduce(0, |) } < 0x80 }

  /// How many zero bytes fill the last block of `size` bytes.
  static func padding(after size: Int64) -> Int {
    let rest = Int(size % Int64(blockSize))
    return rest == 0 ? 0 : blockSize - rest
  }
}
