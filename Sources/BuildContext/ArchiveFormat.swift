/// The forms in which an archive may arrive.
package enum ArchiveFormat: String, CaseIterable, Sendable {
  case tar
  /// RFC 1952; one member or several.
  case tarGzip = "tar.gz"
  /// RFC 8878; one frame or several.
  case tarZstd = "tar.zst"

  /// What an archive is by its first bytes, of which 4 are enough: a tar where it is nothing else that is known here.
  package init(startingWith head: some Collection<UInt8>) {
    let head = Array(head.prefix(4))
    if head.starts(with: [0x1F, 0x8B]) {
      self = .tarGzip
    } else if head == [0x28, 0xB5, 0x2F, 0xFD] || Self.isSkippableFrame(head) {
      self = .tarZstd
    } else {
      self = .tar
    }
  }

  /// 0x184D2A50 to 0x184D2A5F, little-endian (RFC 8878, 3.1.2).
  private static func isSkippableFrame(_ head: [UInt8]) -> Bool {
    head.count == 4 && head[0] & 0xF0 == 0x50 && head[1...].elementsEqual([0x2A, 0x4D, 0x18])
  }
}
