/// The least of a tar archive (POSIX.1-2001, ustar) that Engines read.
struct TestTar {
  private(set) var bytes: [UInt8] = []

  init(_ files: [String: [UInt8]]) {
    for (name, content) in files.sorted(by: { $0.key < $1.key }) {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, at offset: Int) {
        header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
      }
      func octal(_ value: Int, _ digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: digits - text.utf8.count) + text
      }
      put(name, at: 0)
      put(octal(0o755, 7), at: 100)
      put(octal(0, 7), at: 108)
      put(octal(0, 7), at: 116)
      put(octal(content.count, 11), at: 124)
      put(octal(0, 11), at: 136)
      put("        ", at: 148)
      put("0", at: 156)
      put("ustar\0" + "00", at: 257)
      put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148)
      bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }
    bytes += [UInt8](repeating: 0, count: 1024)
  }
}
