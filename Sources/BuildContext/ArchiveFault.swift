/// Why an archive cannot be a context. The names are part of the protocol (Protocol/README.md, Errors).
package enum ArchiveFault: String, Error, CaseIterable, Sendable {
  // Of the archive.
  case notAnArchive, truncated, dataBehindEnd, compression, windowTooLarge
  // Of a header.
  case checksum, number, extendedHeader, extendedHeaderTooLarge, globalHeader
  // Of a name.
  case absolutePath, parentPath, emptyPath, emptyComponent, nulByte, nameTooLong, pathTooLong
  // Of what an entry is.
  case device, sparse, type, root, capability
  // Of what it has to do with the entries before it.
  case parentNotDirectory, linkTargetInvalid, linkTargetMissing, linkTargetDirectory

  /// What is the matter with the entry, or the archive, as the end of a sentence that begins with its name.
  package var words: String {
    switch self {
    case .notAnArchive: "is no tar archive, as it is or compressed by gzip or Zstandard"
    case .truncated: "ends too early"
    case .dataBehindEnd: "goes on behind its end"
    case .compression: "is not compressed as was said, or is damaged"
    case .windowTooLarge: "needs more than 128 MiB of memory to be decompressed"
    case .checksum: "has a header whose checksum is wrong"
    case .number: "has a header with a number that cannot be read"
    case .extendedHeader: "has an extended header that cannot be read"
    case .extendedHeaderTooLarge: "has extended headers, or names of volumes, that are too large or too many"
    case .globalHeader: "has a global header that gives every file the same name or size"
    case .absolutePath: "has an absolute path"
    case .parentPath: "has a path with \"..\" in it"
    case .emptyPath: "has an empty path"
    case .emptyComponent: "has a path with an empty component"
    case .nulByte: "has a path with a NUL in it"
    case .nameTooLong: "has a name of more than 255 bytes"
    case .pathTooLong: "has a path of more than 4095 bytes"
    case .device: "is a device"
    case .sparse: "is stored as a sparse file"
    case .type: "is of a type that no context can hold"
    case .root: "is the root of the context but no directory"
    case .capability: "has file capabilities that cannot be read"
    case .parentNotDirectory: "is below something that is no directory"
    case .linkTargetInvalid: "is a link to a path that cannot be"
    case .linkTargetMissing: "is a hard link to an entry that is not before it"
    case .linkTargetDirectory: "is a hard link to a directory"
    }
  }
}
