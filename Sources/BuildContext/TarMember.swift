/// A member of an archive, by its own header and those before it.
struct TarMember: Equatable {
  enum Content: Equatable {
    case directory
    /// So many bytes follow.
    case file(size: Int64)
    case symbolicLink(target: [UInt8])
    case hardLink(MemberPath)
    case fifo
  }

  let path: MemberPath
  let metadata: MemberMetadata
  let content: Content

  /// - Parameters:
  ///   - prefix: what the extended headers before this member say.
  ///   - global: what those for all members say, of which only the time counts.
  init(_ fields: TarFields, _ prefix: MemberPrefix, global: PaxRecords) throws(ArchiveFault) {
    let records = prefix.records
    let path = try MemberPath(prefix.name(of: fields))
    guard !records.isSparse else { throw .sparse }
    guard let mode = fields.mode, let modified = records.modified ?? global.modified ?? fields.modified else {
      throw .number
    }
    var metadata = MemberMetadata(mode: UInt16(truncatingIfNeeded: mode) & 0o7777, modified: modified, capability: [])
    switch fields.type {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
      guard let size = records.size ?? fields.size, size >= 0 else { throw .number }
      if path.namesDirectory {
        // As Unix version 7 had no other way to say it.
        guard size == 0 else { throw .type }
        content = .directory
      } else {
        metadata.capability = try records.portableCapability()
        content = .file(size: size)
      }
    case TarHeader.MemberType.hardLink.rawValue:
      metadata.capability = try records.portableCapability()
      content = .hardLink(try Self.linked(prefix.linkName(of: fields)))
    case TarHeader.MemberType.symbolicLink.rawValue:
      let target = prefix.linkName(of: fields)
      guard (1...ContextLimits.path).contains(target.count), !target.contains(0) else { throw .linkTargetInvalid }
      content = .symbolicLink(target: target)
    case TarHeader.MemberType.characterDevice.rawValue, TarHeader.MemberType.blockDevice.rawValue: throw .device
    case TarHeader.MemberType.directory.rawValue: content = .directory
    case TarHeader.MemberType.fifo.rawValue: content = .fifo
    case UInt8(ascii: "S"): throw .sparse
    default: throw .type
    }
    self.path = path
    self.metadata = metadata
  }

  private static func linked(_ name: [UInt8]) throws(ArchiveFault) -> MemberPath {
    do throws(ArchiveFault) { return try MemberPath(name) } catch { throw .linkTargetInvalid }
  }
}
