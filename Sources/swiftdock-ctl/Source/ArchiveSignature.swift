internal import SwiftDockProtocol

/// Tells an archive from a Dockerfile by its beginning, as docker does: a compression that is known, or a tar header.
enum ArchiveSignature {
  /// Bytes that have to be looked at.
  static let length = 1_024

  /// - Parameter head: the first `length` bytes, or all there are.
  static func isArchive(_ head: some Collection<UInt8>) -> Bool {
    let head = Array(head.prefix(length))
    return compressions.contains { head.starts(with: $0) } || isSkippableFrame(head) || isTarHeader(head)
  }

  /// What has to be done for the broker to read it.
  enum Form: Equatable {
    case asItIs(ArchiveFormat)
    /// The program takes the compression off what comes on its standard input.
    case through(program: String)
  }

  /// - Parameter head: of an archive.
  static func form(_ head: some Collection<UInt8>) -> Form {
    let head = Array(head.prefix(length))
    if head.starts(with: bzip2) { return .through(program: "bzip2") }
    if head.starts(with: xz) { return .through(program: "xz") }
    if head.starts(with: gzip) { return .asItIs(.tarGzip) }
    return .asItIs(head.starts(with: zstd) || isSkippableFrame(head) ? .tarZstd : .tar)
  }

  private static let bzip2: [UInt8] = [0x42, 0x5A, 0x68]
  private static let gzip: [UInt8] = [0x1F, 0x8B, 0x08]
  private static let xz: [UInt8] = [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
  private static let zstd: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
  private static let compressions = [bzip2, gzip, xz, zstd]

  /// A file of zstd may begin with a frame of somebody else's data: 0x184D2A50 to 0x184D2A5F, little endian
  /// (RFC 8878, 3.1.2).
  private static func isSkippableFrame(_ head: [UInt8]) -> Bool {
    head.count >= 8 && head[0] & 0xF0 == 0x50 && head[1...3].elementsEqual([0x2A, 0x4D, 0x18])
  }

  /// A block of 512 bytes whose sum, with the sum's own 8 bytes at 148 taken as blanks, is what these say in octal
  /// (POSIX pax, ustar Interchange Format). Old programs summed signed bytes.
  private static func isTarHeader(_ head: [UInt8]) -> Bool {
    guard head.count >= 512 else { return false }
    let field = head[148..<156].drop { $0 == 0x20 }.prefix { $0 >= 0x30 && $0 <= 0x37 }
    guard !field.isEmpty, let stated = Int(String(decoding: field, as: UTF8.self), radix: 8) else { return false }
    var unsigned = 8 * 0x20
    var signed = 8 * 0x20
    for (index, byte) in head.prefix(512).enumerated() where !(148..<156).contains(index) {
      unsigned += Int(byte)
      signed += Int(Int8(bitPattern: byte))
    }
    return stated == unsigned || stated == signed
  }
}
