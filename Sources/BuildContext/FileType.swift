internal import Glibc

/// Kinds of files that Linux knows.
enum FileType: Equatable {
  case regular, directory, symbolicLink, fifo, characterDevice, blockDevice, socket

  init?(mode: UInt32) {
    switch mode & S_IFMT {
    case S_IFREG: self = .regular
    case S_IFDIR: self = .directory
    case S_IFLNK: self = .symbolicLink
    case S_IFIFO: self = .fifo
    case S_IFCHR: self = .characterDevice
    case S_IFBLK: self = .blockDevice
    case S_IFSOCK: self = .socket
    default: return nil
    }
  }

  /// `d_type` of a directory record holds the type's four bits of `st_mode`; 0 where the filesystem does not say.
  init?(recordType: UInt8) {
    self.init(mode: UInt32(recordType) << 12)
  }
}
