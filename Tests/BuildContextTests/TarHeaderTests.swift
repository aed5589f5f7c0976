import Testing

@testable import BuildContext

struct TarHeaderTests {
  private func bytes(_ header: TarHeader) -> [UInt8] {
    var bytes: [UInt8] = []
    header.append(to: &bytes)
    return bytes
  }

  /// What stands between two offsets, its NULs written as dots.
  private func field(_ bytes: [UInt8], _ range: Range<Int>) -> String {
    String(decoding: bytes[range].map { $0 == 0 ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
  }

  @Test func fieldsAreWhereTheStandardPutsThem() {
    let header = bytes(
      TarHeader(type: .regular, name: Array("a/b.txt".utf8), mode: 0o4755, size: 10, modified: 1_600_000_000))
    #expect(header.count == 512)
    #expect(field(header, 0..<100) == "a/b.txt" + String(repeating: ".", count: 93))
    #expect(field(header, 100..<124) == "0004755.0000000.0000000.")
    #expect(field(header, 124..<148) == "00000000012.13727410000.")
    #expect(field(header, 148..<157) == "010440. 0")
    #expect(field(header, 157..<257) == String(repeating: ".", count: 100))
    #expect(field(header, 257..<265) == "ustar.00")
    #expect(field(header, 265..<329) == String(repeating: ".", count: 64))
    #expect(field(header, 329..<345) == "0000000.0000000.")
    #expect(field(header, 345..<512) == String(repeating: ".", count: 167))
  }

  @Test(arguments: [100, 101, 200, 255, 256])
  func divisibleNamesNeedNoExtendedHeader(length: Int) {
    let last = min(100, length - 2)
    let name = String(repeating: "d", count: length - last - 1) + "/" + String(repeating: "f", count: last)
    let header = bytes(TarHeader(type: .regular, name: Array(name.utf8), mode: 0, modified: 0))
    #expect(header.count == 512)
    let prefix = field(header, 345..<500).prefix { $0 != "." }
    let rest = field(header, 0..<100).prefix { $0 != "." }
    #expect((prefix.isEmpty ? "" : prefix + "/") + rest == name)
  }

  @Test(arguments: [
    (
      TarHeader(type: .regular, name: [UInt8](repeating: 0x61, count: 101), mode: 0, modified: 0),
      "111 path=" + String(repeating: "a", count: 101)
    ),
    (TarHeader(type: .regular, name: Array("é".utf8), mode: 0, modified: 0), "11 path=é"),
    (
      TarHeader(
        type: .symbolicLink, name: [0x61], mode: 0, modified: 0, linkName: [UInt8](repeating: 0x62, count: 101)),
      "115 linkpath=" + String(repeating: "b", count: 101)
    ),
    (TarHeader(type: .regular, name: [0x61], mode: 0, size: 1 << 33, modified: 0), "19 size=8589934592"),
    (TarHeader(type: .regular, name: [0x61], mode: 0, modified: -5), "12 mtime=-5"),
    (TarHeader(type: .regular, name: [0x61], mode: 0, modified: 1 << 33), "20 mtime=8589934592"),
    (
      TarHeader(type: .regular, name: [0x61], mode: 0, modified: 0, capability: [0x78]),
      "38 SCHILY.xattr.security.capability=x"
    ),
  ])
  func whatUstarCannotHoldGoesToAnExtendedHeader(header: TarHeader, record: String) {
    let bytes = bytes(header)
    #expect(header.needsExtendedHeader)
    #expect(bytes.count == 1536)
    #expect(bytes[156] == UInt8(ascii: "x"))
    let records = bytes[512..<1024].prefix { $0 != 0 }
    #expect(String(decoding: records, as: UTF8.self) == record + "\n")
  }

  @Test(arguments: [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)] as [(Int64, Int)])
  func contentsAreFilledUpToWholeBlocks(size: Int64, padding: Int) {
    #expect(TarHeader.padding(after: size) == padding)
  }
}
