import Glibc

/// Archives written by hand (POSIX ustar), so that tests know each byte.
enum TestArchive {
  /// - Parameter files: by name, in order.
  static func tar(
    _ files: [(String, [UInt8])] = [("Dockerfile", Array("FROM scratch\nCOPY a /\n".utf8)), ("a", [0x61])]
  )
    -> [UInt8]
  {
    files.flatMap { header($0.0, size: $0.1.count) + padded($0.1) } + [UInt8](repeating: 0, count: 1_024)
  }

  static func header(_ name: String, size: Int) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      block.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
    }
    func octal(_ number: Int, _ digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: digits - text.utf8.count) + text
    }
    put(name, at: 0)
    put(octal(0o644, 7), at: 100)
    put(octal(0, 7), at: 108)
    put(octal(0, 7), at: 116)
    put(octal(size, 11), at: 124)
    put(octal(0, 11), at: 136)
    put("        ", at: 148)
    put("0", at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    let sum = block.reduce(0) { $0 + Int($1) }
    put(octal(sum, 6) + "\0 ", at: 148)
    return block
  }

  static func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
  }
}
